/** What the templates promise, a file a subject; together, since they are synthesised once for all. */
import './data.ts';
import './functions.ts';
import './network.ts';
import './observability.ts';
import './orchestration.ts';
import './rights.ts';
