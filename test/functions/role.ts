/** A role in an account of the emulator. The project has no client of IAM, and needs none but here. */

export interface Account {
  endpoint: string;
  /** Its number, which the emulator takes for an access key of its root. */
  id: string;
}

/** Says its ARN. `rights`: statements of what it may do. */
export async function createRole(account: Account, RoleName: string, trust: object, rights: object[] = []): Promise<string> {
  const made = await ask(account, { Action: 'CreateRole', RoleName, AssumeRolePolicyDocument: policy([trust]) });
  if (rights.length > 0) await ask(account, { Action: 'PutRolePolicy', RoleName, PolicyName: 'rights', PolicyDocument: policy(rights) });
  return /<Arn>(.+?)<\/Arn>/.exec(made)?.[1] ?? '';
}

const policy = (Statement: object[]) => JSON.stringify({ Version: '2012-10-17', Statement });

async function ask({ endpoint, id }: Account, body: Record<string, string>): Promise<string> {
  const authorization = `AWS4-HMAC-SHA256 Credential=${id}/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0`;
  const answer = await fetch(endpoint, { method: 'POST', headers: { authorization }, body: new URLSearchParams(body) });
  return answer.text();
}
