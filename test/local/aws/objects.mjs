/** Puts and gets objects without an SDK, signed as S3 asks for. */
import { createHash, createHmac } from 'node:crypto';

const sha = (text) => createHash('sha256').update(text).digest('hex');
const mac = (key, text) => createHmac('sha256', key).update(text).digest();

async function ask(method, bucket, key, body = '') {
  const url = new URL(`/${bucket}/${key}`, process.env.AWS_ENDPOINT_URL);
  const date = new Date().toISOString().replaceAll(/[-:]|\.\d+/g, '');
  const region = process.env.AWS_REGION;
  const headers = { host: url.host, 'x-amz-content-sha256': sha(body), 'x-amz-date': date };
  if (process.env.AWS_SESSION_TOKEN) headers['x-amz-security-token'] = process.env.AWS_SESSION_TOKEN;
  const signed = Object.keys(headers).sort();
  const canonical = [method, url.pathname, '', ...signed.map((name) => `${name}:${headers[name]}`), '', signed.join(';'), sha(body)].join(
    '\n',
  );
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const key4 = ['s3', 'aws4_request'].reduce(mac, mac(mac(`AWS4${process.env.AWS_SECRET_ACCESS_KEY}`, date.slice(0, 8)), region));
  const signature = mac(key4, ['AWS4-HMAC-SHA256', date, scope, sha(canonical)].join('\n')).toString('hex');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=${process.env.AWS_ACCESS_KEY_ID}/${scope}, SignedHeaders=${signed.join(';')}, Signature=${signature}`;
  const response = await fetch(url, { method, headers, ...(method === 'PUT' ? { body } : {}) });
  if (response.status === 404) return undefined;
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return response.text();
}

export const S3Client = { put: (bucket, key, body) => ask('PUT', bucket, key, body), get: (bucket, key) => ask('GET', bucket, key) };
