/** The one way to accept a finding of cdk-nag: by its id, on one construct, with the reason. */
import { Validations } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

export function accept(construct: IConstruct, findings: Record<string, string>): void {
  for (const [id, reason] of Object.entries(findings)) Validations.of(construct).acknowledge({ id, reason });
}
