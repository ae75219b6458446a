import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { GetObjectCommand, HeadObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3';
import { DuckDBInstance } from '@duckdb/node-api';
import { beforeAll, expect, jest, test } from '@jest/globals';
import fc from 'fast-check';
import { s3 } from '../../../functions/aws/s3.ts';
import type { LandedColumn } from '../../../functions/batch/batch-plan.ts';
import type { ChunkStream, LandedValue } from '../../../functions/batch/chunk-stream.ts';
import { type LandRequest, landChunk } from '../../../functions/landing/land-chunk.ts';
import { addressOf } from '../../../functions/objects.ts';
import { copyTextOf, type Row } from '../../copy-text.ts';
import { layerHash } from '../../layer-hash.ts';
import { createBucket } from '../bucket.ts';
import { temporaryFolder } from '../temporary-folder.ts';

// The AWS client warns of every refused write whose body is a stream; here refusals are the point.
jest.spyOn(console, 'warn').mockImplementation(() => undefined);

let bucket: string;
const folder = temporaryFolder();
beforeAll(async () => {
  bucket = await createBucket();
});

const columnsOf = (count: number): LandedColumn[] => Array.from({ length: count }, (_, index) => ({ name: `c${index}`, type: 'VARCHAR' }));

function copy(text: string, sent: number): Extract<ChunkStream, { kind: 'copy' }> {
  const bytes = Buffer.from(text);
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 65_536) yield bytes.subarray(at, at + 65_536);
  }
  return { kind: 'copy', bytes: pieces(), rowCount: () => sent, close: async () => undefined };
}

let chunks = 0;
const nextUrl = () => `s3://${bucket}/users/batch=0000000001/rows-${++chunks}.parquet`;
const signal = new AbortController().signal;
const land = (url: string, columns: readonly LandedColumn[], stream: LandRequest['stream']) =>
  landChunk({ dataset: 'users', url, columns, stream, signal });

async function parquetRows(url: string): Promise<LandedValue[][]> {
  const { Body } = await s3.send(new GetObjectCommand(addressOf(url)));
  const file = join(folder, 'read-back.parquet');
  await writeFile(file, (await Body?.transformToByteArray()) ?? '');
  const duckdb = await DuckDBInstance.create(':memory:');
  const connection = await duckdb.connect();
  const reader = await connection.runAndReadAll(`SELECT * FROM read_parquet('${file}')`);
  connection.closeSync();
  duckdb.closeSync();
  return reader.getRowsJson() as LandedValue[][];
}
const inAnyOrder = (rows: unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
const exists = async (url: string) => {
  const { Bucket, Key } = addressOf(url);
  return ((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: Key }))).KeyCount ?? 0) > 0;
};

const weird: Row[] = [
  ['1', null, ''],
  ['2', '', null],
  ['3', 'say "hi"', 'a,b'],
  ['4', 'two\nlines', 'carriage\r\nreturn'],
  ['5', 'Zürich 日本 🙂', '\\N'],
  ['6', 'NULL', '\\.'],
  ['7', ' blanks ', '\t'],
  ['8', "it's", '"'],
  ['9', 'C:\\new\\table', '\\\\'],
  ['10', 'bell\b form\f tab\v', 'both \\n and\n'],
];

test('every text arrives as it was sent: null apart from the empty text, quotes, line ends, letters of any script', async () => {
  const url = nextUrl();
  const stored = await land(url, columnsOf(3), copy(copyTextOf(weird), weird.length));
  expect(inAnyOrder(await parquetRows(url))).toEqual(inAnyOrder(weird));
  expect(stored).toMatchObject({ rows: weird.length, hash: layerHash(weird) });
});

test('what an object says of itself, in its metadata, is what the writer answered', async () => {
  const url = nextUrl();
  const stored = await land(url, columnsOf(3), copy(copyTextOf(weird), weird.length));
  const { Metadata, ETag, ContentLength } = await s3.send(new HeadObjectCommand(addressOf(url)));
  expect({ rows: Metadata?.rows, hash: Metadata?.hash, etag: ETag, bytes: ContentLength, key: addressOf(url).Key }).toEqual({
    ...stored,
    rows: String(stored.rows),
  });
});

test.each([8, 20])('a text of %d MB lands whole, in a row among others and in the only one', async (megabytes) => {
  const unit = 'A "path" like C:\\data\\new, a line\n, a tab\t, some other words and a face 🙂. ';
  const long = unit.repeat((megabytes * 1_000_000) / Buffer.byteLength(unit));
  for (const others of [[], [['2', 'short']]]) {
    const url = nextUrl();
    const rows: Row[] = [['1', long], ...others];
    const stored = await land(url, columnsOf(2), copy(copyTextOf(rows), rows.length));
    expect(stored).toMatchObject({ rows: rows.length, hash: layerHash(rows) });
    const landed = await parquetRows(url);
    expect(landed.some((row) => row[1] === long)).toBe(true);
  }
});

test('many rows land whole, whatever the order', async () => {
  const rows: Row[] = Array.from({ length: 30_000 }, (_, index) => [String(index), index % 3 === 0 ? null : `text ${index}`]);
  const stored = await land(nextUrl(), columnsOf(2), copy(copyTextOf(rows), rows.length));
  expect(stored).toMatchObject({ rows: rows.length, hash: layerHash(rows) });
});

test('no row at all is an object too, with the empty hash', async () => {
  const url = nextUrl();
  expect(await land(url, columnsOf(2), copy('', 0))).toMatchObject({ rows: 0, hash: '0'.repeat(32) });
  expect(await parquetRows(url)).toEqual([]);
});

test('what looks like a mark of the encoding at the very beginning is a part of the first value', async () => {
  const rows: Row[] = [['\ufeffZürich', 'x']];
  // DuckDB's client for Node leaves the mark out when it hands a text over, so the hash is what tells.
  expect(await land(nextUrl(), columnsOf(2), copy(copyTextOf(rows), 1))).toMatchObject({ rows: 1, hash: layerHash(rows) });
});

test('a single column of nulls and empty texts keeps its rows', async () => {
  const rows: Row[] = [[null], ['x'], [''], [null], ['']];
  const url = nextUrl();
  expect(await land(url, columnsOf(1), copy(copyTextOf(rows), 5))).toMatchObject({ rows: 5, hash: layerHash(rows) });
});

/** Texts that make COPY's format hard, and any others. */
const text = fc
  .oneof(
    fc.string({ unit: 'binary', maxLength: 12 }),
    fc.string({ unit: fc.constantFrom('"', ',', '\t', '\n', '\r', '\\', ' ', 'a', 'n', 'N'), maxLength: 6 }),
  )
  .map((drawn) => drawn.replaceAll('\0', ''));

test('any rows of texts and nulls come back from the landing as they were', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.integer({ min: 1, max: 4 }),
      fc.array(fc.array(fc.option(text), { minLength: 4, maxLength: 4 }), { maxLength: 8 }),
      async (width, drawn) => {
        const rows = drawn.map((row) => row.slice(0, width));
        const url = nextUrl();
        const stored = await land(url, columnsOf(width), copy(copyTextOf(rows), rows.length));
        expect(stored).toMatchObject({ rows: rows.length, hash: layerHash(rows) });
        expect(inAnyOrder(await parquetRows(url))).toEqual(inAnyOrder(rows));
      },
    ),
    { numRuns: 60 },
  );
}, 60_000);

test('of two attempts at one chunk the first complete one stands; the other answers with its rows and hash and changes nothing', async () => {
  const url = nextUrl();
  const newer = await land(
    url,
    columnsOf(2),
    copy(
      copyTextOf([
        ['1', 'newer'],
        ['2', 'newer'],
      ]),
      2,
    ),
  );
  const older = await land(url, columnsOf(2), copy(copyTextOf([['1', 'older']]), 1));
  expect(older).toEqual(newer);
  expect(await parquetRows(url)).toHaveLength(2);
});

test('two attempts that finish at the same moment leave one object, and both say the same of it', async () => {
  const url = nextUrl();
  const attempts: Row[][] = [
    [['1', 'a']],
    [
      ['1', 'b'],
      ['2', 'b'],
    ],
  ];
  const answers = await Promise.all(attempts.map((rows) => land(url, columnsOf(2), copy(copyTextOf(rows), rows.length))));
  expect(answers[0]).toEqual(answers[1]);
  expect(await parquetRows(url)).toHaveLength(answers[0]?.rows ?? -1);
});

const whole = copyTextOf([
  ['1', 'first row'],
  ['2', 'second "row"'],
]);
test.each([
  ['between two rows', whole.slice(0, whole.indexOf('\n') + 1)],
  ['within a row', whole.slice(0, whole.indexOf('2\t') + 1)],
  ['within its last value', whole.slice(0, -4)],
  ['before its last line feed', whole.slice(0, -1)],
])('a stream cut %s never becomes an object, and the error quotes no value', async (_where, cut) => {
  const url = nextUrl();
  const failure = await land(url, columnsOf(2), copy(cut, 2)).catch((error: unknown) => error);
  expect(failure).toMatchObject({ code: 'StreamTruncated', retry: 'backoff', dataset: 'users' });
  expect(String(failure)).not.toMatch(/first|second/);
  expect(await exists(url)).toBe(false);
});

test('a stream with a row more than the source says it sent is refused too', async () => {
  const url = nextUrl();
  await expect(land(url, columnsOf(2), copy(whole, 1))).rejects.toMatchObject({ code: 'StreamTruncated' });
  expect(await exists(url)).toBe(false);
});

test("a stream that breaks off with an error leaves no object and no file behind, and the error is the stream's own", async () => {
  const broken = new Error('the connection broke');
  async function* bytes() {
    yield Buffer.from('1\ta\n');
    throw broken;
  }
  const url = nextUrl();
  await expect(land(url, columnsOf(2), { kind: 'copy', bytes: bytes(), rowCount: () => 1, close: async () => undefined })).rejects.toBe(
    broken,
  );
  expect(await exists(url)).toBe(false);
  expect((await readdir(folder)).filter((name) => name.startsWith('chunk-'))).toEqual([]);
});

test('a disk that is full while a chunk is written is DiskFull; no object and no file is left', async () => {
  const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
  async function* bytes() {
    yield Buffer.from('1\ta\n');
    throw full;
  }
  const url = nextUrl();
  const stream: ChunkStream = { kind: 'copy', bytes: bytes(), rowCount: () => 2, close: async () => undefined };
  await expect(land(url, columnsOf(2), stream)).rejects.toMatchObject({ code: 'DiskFull', retry: 'never', dataset: 'users', cause: full });
  expect(await exists(url)).toBe(false);
  expect((await readdir(folder)).filter((name) => name.startsWith('chunk-'))).toEqual([]);
});

test('a stream that is told to stop stops, and leaves no object', async () => {
  const stop = new AbortController();
  async function* bytes() {
    yield Buffer.from('1\ta\n');
    stop.abort();
    yield Buffer.from('2\tb\n');
  }
  const url = nextUrl();
  const stream: ChunkStream = { kind: 'copy', bytes: bytes(), rowCount: () => 2, close: async () => undefined };
  await expect(landChunk({ dataset: 'users', url, columns: columnsOf(2), stream, signal: stop.signal })).rejects.toMatchObject({
    name: 'AbortError',
  });
  expect(await exists(url)).toBe(false);
});

test('records land with their types: big integers, booleans, bytes, texts and nulls', async () => {
  const columns: LandedColumn[] = [
    { name: 'partition', type: 'INTEGER' },
    { name: 'offset', type: 'BIGINT' },
    { name: 'value', type: 'BLOB' },
    { name: 'headers', type: 'VARCHAR' },
    { name: 'kept', type: 'BOOLEAN' },
  ];
  const batches = [
    [[0, 9007199254740993n, Uint8Array.of(0, 255, 10), '[["a","Yg=="]]', true]],
    [
      [1, 0n, new Uint8Array(), '', false],
      [2, null, null, null, null],
    ],
  ] satisfies LandedValue[][][];
  const url = nextUrl();
  const stored = await land(url, columns, {
    kind: 'records',
    batches: (async function* () {
      yield* batches;
    })(),
    rowCount: () => 3,
    close: async () => undefined,
  });
  expect(stored).toMatchObject({
    rows: 3,
    hash: layerHash([
      ['0', '9007199254740993', Buffer.from('00ff0a', 'hex'), '[["a","Yg=="]]', 'true'],
      ['1', '0', Buffer.alloc(0), '', 'false'],
      ['2', null, null, null, null],
    ]),
  });
  expect(inAnyOrder(await parquetRows(url))).toEqual(
    inAnyOrder([
      [0, '9007199254740993', '\\x00\\xFF\\x0A', '[["a","Yg=="]]', true],
      [1, '0', '', '', false],
      [2, null, null, null, null],
    ]),
  );
});

test('records that are too many, or too large, to be held at once land whole and once', async () => {
  const columns: LandedColumn[] = [
    { name: 'offset', type: 'BIGINT' },
    { name: 'value', type: 'BLOB' },
  ];
  // More than DuckDB is handed at once: by their number, then by their octets.
  const many = Array.from({ length: 250_000 }, (_, offset): [string, Buffer] => [String(offset), Buffer.from(`value ${offset}`)]);
  const large = Array.from({ length: 120 }, (_, at): [string, Buffer] => [String(many.length + at), Buffer.alloc(1_000_000, at)]);
  const rows = [...many, ...large];
  async function* batches(): AsyncGenerator<[string, Buffer][]> {
    for (let at = 0; at < many.length; at += 7_001) yield many.slice(at, at + 7_001);
    for (const row of large) yield [row];
  }
  const stream: ChunkStream = { kind: 'records', batches: batches(), rowCount: () => rows.length, close: async () => undefined };
  expect(await land(nextUrl(), columns, stream)).toMatchObject({ rows: rows.length, hash: layerHash(rows) });
});
