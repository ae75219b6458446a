/** Whether a server of the laptop answers over HTTP yet. */
export async function httpAnswers(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const { ok } = await fetch(url, { signal });
    return ok;
  } catch (error) {
    const code = ((error as Error).cause as { code?: string } | undefined)?.code;
    if (code === 'ECONNREFUSED' || code === 'ECONNRESET') return false;
    throw error;
  }
}
