/** Decides the events of `user_events`: what people did on the site, in sessions of `user_sessions`. */
import { type Event, growing, type Step, type Topic } from './events.ts';
import { idOf } from './people.ts';
import { productCatalog } from './product-catalog.ts';
import { drawFor } from './random.ts';
import { every, type Reference } from './table.ts';
import { isoMicroseconds, LATE_MS, TRANSIT_MS, timeOf } from './times.ts';
import { sessionId, sessionUser, userReferences } from './user-sessions.ts';

const document: Record<string, string>[] = [
  { event_id: 'EVT001', user_id: 'USER001', event_type: 'page_view', page_url: '/products', timestamp: '2024-01-20T09:00:00Z' },
  { event_id: 'EVT002', user_id: 'USER001', event_type: 'add_to_cart', product_id: 'PROD001', timestamp: '2024-01-20T09:05:00Z' },
];

const types = ['page_view', 'page_view', 'page_view', 'search', 'add_to_cart', 'checkout', 'purchase', 'login'] as const;
const pages = ['/', '/products', '/products?q=caf%C3%A9', '/größen/übersicht', '/製品/茶壺', '/cart'] as const;

export const userEvents: Topic = {
  dataset: 'user_events',
  hasKey: true,
  *events(at: Step) {
    for (const { index, share, width } of growing(at.scale.userEvents, at.step)) yield eventAt(at, index, share, width);
  },
};

function eventAt({ seed, scale, step }: Step, index: number, share: number, width: number): Event {
  const verbatim = document[index];
  if (verbatim) {
    const at = Date.parse(verbatim.timestamp ?? '');
    return { key: 'USER001', body: verbatim, sentAt: at + TRANSIT_MS, faults: [], warnings: [], references: [], marks: [] };
  }
  const draw = drawFor(seed, 'user event', index);
  const session = index % scale.sessions;
  const user = sessionUser(scale, session);
  const faults = faultsOf(index);
  const late = every(50, 21, index);
  const disordered = !late && every(20, 11, index);
  const sentAt = timeOf(step, share) + TRANSIT_MS;
  // Out of order: it happened before the one that was sent before it.
  const at = timeOf(step, disordered ? share - 1.5 * width : share) - (late ? LATE_MS : 0);
  const type = isUnknown(index) ? 'teleport' : draw.pick(types);
  const version = index % 3 === 0 ? 1 : 2;
  const product = ['add_to_cart', 'purchase'].includes(type) ? draw.whole(0, scale.products - 1) : undefined;
  const body = {
    event_id: faults.includes('user_events.event_id.required') ? undefined : idOf('EVT', index),
    user_id: user,
    event_type: type,
    page_url: type === 'page_view' || type === 'search' ? draw.pick(pages) : undefined,
    product_id: product === undefined ? undefined : idOf('PROD', product),
    timestamp: faults.includes('user_events.timestamp.type') ? 'yesterday, about nine' : isoMicroseconds(at, index),
    session_id: sessionId(seed, session),
    // The older applications send neither.
    ...(version === 2 ? { properties: { position: draw.whole(1, 20), note: draw.pick(['ok', 'naïve', '🛒']) }, schema_version: 2 } : {}),
  };
  const marks = [late ? 'late' : '', disordered ? 'out of order' : '', user === null ? 'anonymous' : user.includes('GONE') ? 'orphan' : ''];
  return {
    key: user ?? 'anonymous',
    body,
    sentAt,
    faults,
    warnings: isUnknown(index) ? ['user_events.event_type.allowed'] : [],
    references: [...userReferences('user_events.user_id.reference', scale, session), ...productReferences(product)],
    marks: marks.filter((mark) => mark !== ''),
  };
}

function productReferences(index: number | undefined): Reference[] {
  return index === undefined ? [] : [{ rule: 'user_events.product_id.reference', to: productCatalog, index }];
}

function faultsOf(index: number): string[] {
  if (every(200, 37, index)) return ['user_events.timestamp.type'];
  return every(250, 119, index) ? ['user_events.event_id.required'] : [];
}

const isUnknown = (index: number) => every(125, 68, index);
