/** The client of S3, one a process: credentials and region come from the function's environment. */
import { S3Client } from '@aws-sdk/client-s3';

export const s3 = new S3Client({});
