/** Measures how old each dataset is, on a schedule of its own: a pipeline that no longer runs is noticed too. */

import * as z from 'zod';
import { METRICS } from '../../config/metrics.ts';
import { agesOf } from '../ages.ts';
import { contracts } from '../contract/fetch.ts';
import { deployedLedger } from '../ledger/deployed-ledger.ts';
import { handlerOf } from '../middleware.ts';
import { recordMetric } from '../record-metric.ts';

/** Of the schedule's event nothing counts. */
const Input = z.looseObject({});

export const handler = handlerOf(Input, async () => {
  const ages = await agesOf(deployedLedger(), await contracts(), new Date());
  for (const { dataset, seconds } of ages) {
    // Of a dataset that was never loaded nothing is said, and the alarm takes silence for stale.
    if (seconds !== undefined) recordMetric(METRICS.freshness, { Dataset: dataset }, seconds);
  }
  return { ages };
});
