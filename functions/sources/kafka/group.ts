/** The consumer group in which a dataset's committed offsets are shown. */
export const groupOf = (dataset: string) => `etl-${dataset}`;
