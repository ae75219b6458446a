/** What a role may do, one line a right: the action, the resource, and the condition where there is one. */
import type { Json, Properties, Resource, Synthesised } from './synthesised.ts';

interface Statement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
  Condition?: Properties;
}

export function rightsOf(app: Synthesised, roleName: string): string[] {
  const role = app.one('AWS::IAM::Role', 'RoleName', roleName);
  const policies = app.all('AWS::IAM::Policy').filter((policy) => isOf(policy, role));
  return policies
    .flatMap((policy) => statementsOf(policy))
    .flatMap(lines)
    .sort();
}

export function statementsOf({ properties }: Resource): Statement[] {
  const { Statement } = properties.PolicyDocument as unknown as { Statement: Statement[] };
  return Statement;
}

function isOf({ stack, properties }: Resource, role: Resource): boolean {
  return stack === role.stack && (properties.Roles as Json[]).includes(`<${role.id}>`);
}

function lines({ Effect, Action, Resource, Condition }: Statement): string[] {
  if (Effect !== 'Allow') throw new Error(`expected only rights that allow; found ${Effect}`);
  const condition = Condition ? ` if ${JSON.stringify(Condition)}` : '';
  return [Action].flat().flatMap((action) => [Resource].flat().map((resource) => `${action} on ${resource}${condition}`));
}
