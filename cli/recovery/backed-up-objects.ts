/** What the bucket of backups held at a time: deleted and overwritten objects are there still, as old versions. */
import { ListObjectVersionsCommand, type ListObjectVersionsCommandOutput, type ObjectVersion } from '@aws-sdk/client-s3';
import { s3 } from '../../functions/aws/s3.ts';

export interface BackedUpObject {
  key: string;
  versionId: string;
  bytes: number;
}

interface Told {
  key: string;
  /** To the second, as S3 tells it. */
  at: Date;
  isLatest: boolean;
  /** Undefined of a deletion. */
  object: BackedUpObject | undefined;
}

/** By key. A replica has the time at which the lake's own object came to be. */
export async function backedUpObjects(Bucket: string, Prefix: string, asOf: Date): Promise<Map<string, BackedUpObject>> {
  const newest = new Map<string, Told>();
  let page: ListObjectVersionsCommandOutput | undefined;
  do {
    page = await s3.send(
      new ListObjectVersionsCommand({ Bucket, Prefix, KeyMarker: page?.NextKeyMarker, VersionIdMarker: page?.NextVersionIdMarker }),
    );
    for (const told of toldBy(page)) {
      const other = newest.get(told.key);
      if (told.at <= asOf && (!other || isNewer(told, other))) newest.set(told.key, told);
    }
  } while (page.IsTruncated);
  return new Map([...newest.values()].flatMap(({ key, object }) => (object ? [[key, object] as const] : [])));
}

/** Of several in one second S3 names the newest first, but deletions apart from objects. */
const isNewer = (one: Told, other: Told) => one.at > other.at || (one.at.getTime() === other.at.getTime() && one.isLatest);

function toldBy({ Versions = [], DeleteMarkers = [] }: ListObjectVersionsCommandOutput): Told[] {
  const objects = Versions.map(({ Key: key = '', VersionId: versionId = '', Size: bytes = 0, ...told }) => ({
    ...timeOf(key, told),
    object: { key, versionId, bytes },
  }));
  return [...objects, ...DeleteMarkers.map(({ Key: key = '', ...told }) => ({ ...timeOf(key, told), object: undefined }))];
}

const timeOf = (
  key: string,
  { LastModified: at = new Date(0), IsLatest: isLatest = false }: Pick<ObjectVersion, 'LastModified' | 'IsLatest'>,
) => ({
  key,
  at,
  isLatest,
});
