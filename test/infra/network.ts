/** What the templates promise about the network: nothing comes in, and what goes out is listed. */
import { describe, expect, test } from '@jest/globals';
import { dev, prod } from './stages.ts';
import type { Properties, Synthesised } from './synthesised.ts';

interface Rule {
  CidrIp?: string;
  IpProtocol: string;
  FromPort?: number;
  ToPort?: number;
}

const rules = (app: Synthesised, direction: 'Ingress' | 'Egress') => [
  ...app.all('AWS::EC2::SecurityGroup').flatMap(({ properties }) => (properties[`SecurityGroup${direction}`] ?? []) as unknown as Rule[]),
  ...app.all(`AWS::EC2::SecurityGroup${direction}`).map(({ properties }) => properties as unknown as Rule),
];

describe('network', () => {
  test('nothing may come in from an address; only groups of ours reach the endpoints, by TLS', () => {
    const ingress = rules(prod, 'Ingress');
    expect(ingress).toHaveLength(3);
    for (const rule of ingress) {
      expect(rule.CidrIp).toBeUndefined();
      expect(rule).toMatchObject({ IpProtocol: 'tcp', FromPort: 443, ToPort: 443 });
    }
  });

  test('functions and clusters reach addresses outside on listed ports only', () => {
    const outside = rules(prod, 'Egress').filter(({ CidrIp }) => CidrIp === '0.0.0.0/0');
    expect(outside.map(({ FromPort, ToPort }) => [FromPort, ToPort])).toEqual([
      [443, 443], // AWS and Snowflake, for functions
      [5432, 5432],
      [9096, 9096],
      [443, 443], // AWS, for the nodes of a cluster
      [443, 443],
    ]);
  });

  test('a fixed way out: one in dev, one a zone in prod', () => {
    expect(dev.all('AWS::EC2::NatGateway')).toHaveLength(1);
    expect(prod.all('AWS::EC2::NatGateway')).toHaveLength(3);
    expect(prod.all('AWS::EC2::EIP')).toHaveLength(3);
  });

  test('the stack says what that way out is, for the allow lists of sources', () => {
    const addresses = prod.all('AWS::EC2::EIP').map(({ id }) => `<${id}.PublicIp>`);
    expect(String(prod.output('etl-network', 'OutboundAddresses')).split(',').sort()).toEqual(addresses.sort());
  });

  test('no subnet gives addresses of the internet to what starts in it', () => {
    const subnets = prod.all('AWS::EC2::Subnet');
    expect(subnets).toHaveLength(6);
    expect(subnets.filter(({ properties }) => properties.MapPublicIpOnLaunch !== false)).toEqual([]);
  });

  test('S3 and DynamoDB by gateway, other services of AWS by endpoints in the network', () => {
    const types = prod
      .all('AWS::EC2::VPCEndpoint')
      .map(({ properties }) => [properties.VpcEndpointType, String(properties.ServiceName).split('.').at(-1)]);
    expect(types).toEqual([
      ['Gateway', 's3'],
      ['Gateway', 'dynamodb'],
      ...['secretsmanager', 'kms', 'logs', 'monitoring', 'states', 'elasticmapreduce', 'sts'].map((service) => ['Interface', service]),
    ]);
  });

  test("everything that EMR's own role must work on carries its tag, cluster included", () => {
    const tagged = (type: string) =>
      prod
        .all(type)
        .filter(({ properties }) =>
          ((properties.Tags ?? []) as Properties[]).some(
            ({ Key, Value }) => Key === 'for-use-with-amazon-emr-managed-policies' && Value === 'true',
          ),
        );
    expect(tagged('AWS::EC2::VPC')).toHaveLength(1);
    expect(tagged('AWS::EC2::Subnet')).toHaveLength(6);
    expect(tagged('AWS::EC2::SecurityGroup').length).toBe(prod.all('AWS::EC2::SecurityGroup').length);
  });

  test('flow logs go to the bucket of logs', () => {
    expect(prod.all('AWS::EC2::FlowLog').map(({ properties }) => properties.LogDestination)).toEqual([
      'arn:aws:s3:::company-logs-111122223333-eu-central-1/network/',
    ]);
  });
});
