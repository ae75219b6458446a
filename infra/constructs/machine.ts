/** One state machine from its file: filled in, logged and traced, with a role of exactly what its tasks need. */
import { RemovalPolicy } from 'aws-cdk-lib';
import { Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { LogGroup, type RetentionDays } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { machineRole, type Names } from '../../config/names.ts';
import { grant } from '../grant.ts';
import { machineRights } from '../machine-rights.ts';
import type { Rights } from '../rights.ts';
import { type MachineFile, substitutionsFor } from '../state-machine-file.ts';

export interface MachineProps {
  file: MachineFile;
  values: Record<string, string>;
  names: Names;
  rights: Rights;
  logRetention: RetentionDays;
}

export class Machine extends Construct {
  readonly machine: StateMachine;

  constructor(scope: Construct, id: string, { file, values, names, rights, logRetention }: MachineProps) {
    super(scope, id);
    const role = new Role(this, 'Role', {
      roleName: machineRole(file.name),
      description: `The state machine ${file.name}`,
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
    });
    grant(role, machineRights(file, values, rights, names));
    this.machine = new StateMachine(this, 'Machine', {
      stateMachineName: file.name,
      definitionBody: DefinitionBody.fromFile(file.path),
      definitionSubstitutions: substitutionsFor(file, values),
      role,
      tracingEnabled: true,
      logs: {
        // Log groups of this prefix need no growing resource policy to be written to.
        destination: new LogGroup(this, 'Log', {
          logGroupName: `/aws/vendedlogs/states/${file.name}`,
          retention: logRetention,
          removalPolicy: RemovalPolicy.DESTROY,
        }),
        level: LogLevel.ALL,
        includeExecutionData: true, // Addresses, names and counts: rows never pass through a state.
      },
    });
  }
}
