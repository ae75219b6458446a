/** Decides the rows of `user_sessions`: the analytics system's, only ever added to, some of them days late. */
import { dayAfter, idOf, person } from './people.ts';
import { drawFor } from './random.ts';
import type { Scale } from './scale.ts';
import { every, type Reference, type RowAt, type Table } from './table.ts';
import { users } from './users.ts';

const isAnonymous = (index: number) => every(30, 8, index);
const isOrphan = (index: number) => every(90, 41, index);
const isLate = ({ index, version }: { index: number; version: number }) => version > 0 && every(10, 4, index);

/** The session of a user's event, so that both name the same one. */
export function sessionId(seed: number, index: number): string {
  return drawFor(seed, 'session id', index).uuid();
}

/** Null where nobody had logged in. */
export function sessionUser(scale: Scale, index: number): string | null {
  if (isAnonymous(index)) return null;
  return isOrphan(index) ? `USER-GONE-${index}` : idOf('USER', index % scale.users);
}

/** What a row of the session says of its user: nothing where nobody had logged in. */
export function userReferences(rule: string, scale: Scale, session: number): Reference[] {
  if (isAnonymous(session)) return [];
  return [{ rule, to: users, index: isOrphan(session) ? undefined : session % scale.users }];
}

export const userSessions: Table = {
  dataset: 'user_sessions',
  source: 'postgres',
  load: 'append',
  key: ['session_id'],
  written: 'created_at',
  columns: [
    'session_id',
    'user_id',
    'started_at',
    'ended_at',
    'device',
    'browser',
    'ip_address',
    'country',
    'pages_viewed',
    'properties',
    'created_at',
  ],
  initial: (scale) => scale.sessions,
  births: (scale) => Math.floor(scale.sessions / 20),
  verbatim: 0,
  faults: (index) => (every(150, 77, index) ? ['user_sessions.pages_viewed.range'] : []),
  row({ seed, scale, index, version, faults }: RowAt) {
    const draw = drawFor(seed, 'session', index);
    const user = index % scale.users;
    const day =
      version === 0 ? dayAfter('2024-01-01', draw.whole(0, 180)) : dayAfter('2024-07-01', version - (isLate({ index, version }) ? 3 : 0));
    const second = draw.whole(0, 59);
    const clock = `${String(draw.whole(0, 22)).padStart(2, '0')}:${String(draw.whole(0, 59)).padStart(2, '0')}`;
    return {
      session_id: sessionId(seed, index),
      user_id: sessionUser(scale, index),
      started_at: `${day} ${clock}:${String(second).padStart(2, '0')}.123456+00`,
      // Open when the row was written.
      ended_at: every(25, 6, index) ? null : `${day} 23:${clock.slice(3)}:59.999999+00`,
      device: draw.pick(['desktop', 'mobile', 'tablet']),
      browser: draw.pick(['Chrome 120', 'Firefox 121', 'Safari 17']),
      ip_address: draw.chance(0.2) ? `2001:db8::${draw.whole(1, 9999)}` : `192.0.2.${draw.whole(1, 254)}`,
      country: person(seed, 'user', user).place.country,
      pages_viewed: faults.length > 0 ? -1 : draw.whole(1, 40),
      properties: JSON.stringify({
        campaign: draw.pick(['winter', 'été', 'none']),
        experiments: [draw.whole(1, 5)],
        returning: draw.chance(0.5),
      }),
      created_at: `${dayAfter(day, 1)} 00:00:00.${String(index % 1_000_000).padStart(6, '0')}+00`,
    };
  },
  references: ({ scale, index }) => userReferences('user_sessions.user_id.reference', scale, index),
  marks: (at) => [...(isAnonymous(at.index) ? ['anonymous'] : isOrphan(at.index) ? ['orphan'] : []), ...(isLate(at) ? ['late'] : [])],
};
