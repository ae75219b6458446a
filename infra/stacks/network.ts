/** Where functions and clusters stand: private subnets, a fixed way out, endpoints for AWS, and security groups that let nothing in. */
import { CfnOutput, Fn, Stack, Tags } from 'aws-cdk-lib';
import {
  CfnEIP,
  FlowLogDestination,
  GatewayVpcEndpointAwsService,
  InterfaceVpcEndpoint,
  InterfaceVpcEndpointAwsService,
  type InterfaceVpcEndpointProps,
  InterfaceVpcEndpointService,
  IpAddresses,
  Peer,
  Port,
  SecurityGroup,
  SubnetType,
  Vpc,
} from 'aws-cdk-lib/aws-ec2';
import { CnameRecord, PrivateHostedZone } from 'aws-cdk-lib/aws-route53';
import { Bucket } from 'aws-cdk-lib/aws-s3';
import type { Construct } from 'constructs';
import { accept } from '../constructs/accept.ts';
import type { StageProps } from '../stage-props.ts';

/** EMR's service role may touch only what carries this tag. */
const EMR_TAG = { key: 'for-use-with-amazon-emr-managed-policies', value: 'true' };

export class NetworkStack extends Stack {
  private readonly props: StageProps;
  readonly vpc: Vpc;
  readonly functions: SecurityGroup;
  readonly emrPrimary: SecurityGroup;
  readonly emrCore: SecurityGroup;
  readonly emrService: SecurityGroup;

  constructor(scope: Construct, id: string, props: StageProps) {
    super(scope, id, props);
    this.props = props;
    this.vpc = this.privateNetwork();
    this.functions = this.group('Functions', 'Functions that touch a source');
    this.functions.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS, and sources without a port of their own');
    for (const [kind, port] of Object.entries(props.settings.network.sourcePorts)) {
      this.functions.addEgressRule(Peer.anyIpv4(), Port.tcp(port), `The source ${kind}`);
    }

    this.emrPrimary = this.group('EmrPrimary', 'Primary node of a cluster');
    this.emrCore = this.group('EmrCore', 'Core and task nodes of a cluster');
    this.emrService = this.group('EmrService', 'EMR itself, towards a cluster in private subnets');
    this.letClusterWork();
    this.endpoints();
    this.fixedAddresses();
  }

  /** From the settings, so that synthesising asks no account. */
  override get availabilityZones(): string[] {
    return this.props.settings.network.zones.map((zone) => `${this.props.settings.region}${zone}`);
  }

  private privateNetwork(): Vpc {
    const { network } = this.props.settings;
    const vpc = new Vpc(this, 'Vpc', {
      vpcName: 'etl',
      ipAddresses: IpAddresses.cidr(network.cidr),
      maxAzs: network.zones.length,
      natGateways: network.natGateways,
      restrictDefaultSecurityGroup: false, // Nothing uses that group, and restricting it needs a function with rights over all groups.
      subnetConfiguration: [
        { name: 'public', subnetType: SubnetType.PUBLIC, cidrMask: 26, mapPublicIpOnLaunch: false },
        { name: 'private', subnetType: SubnetType.PRIVATE_WITH_EGRESS, cidrMask: 20 },
      ],
      gatewayEndpoints: { S3: { service: GatewayVpcEndpointAwsService.S3 }, DynamoDb: { service: GatewayVpcEndpointAwsService.DYNAMODB } },
    });
    const logs = Bucket.fromBucketName(this, 'Logs', this.props.names.buckets.logs);
    vpc.addFlowLog('FlowLog', { destination: FlowLogDestination.toS3(logs, 'network/') });
    accept(vpc, { 'CloudFormation-Validate::W3010': 'The zones come from the settings, so that synthesising asks no account.' });
    Tags.of(vpc).add(EMR_TAG.key, EMR_TAG.value);
    return vpc;
  }

  private group(id: string, description: string): SecurityGroup {
    const group = new SecurityGroup(this, id, { vpc: this.vpc, description, allowAllOutbound: false });
    Tags.of(group).add(EMR_TAG.key, EMR_TAG.value);
    return group;
  }

  /** EMR adds the rules that let the nodes in on each other; outbound is ours to state. */
  private letClusterWork(): void {
    for (const from of [this.emrPrimary, this.emrCore]) {
      from.addEgressRule(Peer.anyIpv4(), Port.tcp(443), 'AWS');
      for (const to of [this.emrPrimary, this.emrCore]) from.addEgressRule(to, Port.allTraffic(), 'Between the nodes of a cluster');
      from.addEgressRule(this.emrService, Port.tcp(9443), 'To EMR');
      this.emrService.addEgressRule(from, Port.tcp(8443), 'From EMR to the nodes');
    }
  }

  private endpoints(): void {
    const { endpoints, snowflakePrivateLink } = this.props.settings.network;
    const group = this.group('Endpoints', 'Interface endpoints');
    for (const from of [this.functions, this.emrPrimary, this.emrCore])
      group.addIngressRule(from, Port.tcp(443), 'From inside the network');
    const common = { vpc: this.vpc, securityGroups: [group], open: false };
    for (const name of endpoints) {
      new InterfaceVpcEndpoint(this, `Endpoint-${name}`, { ...common, service: new InterfaceVpcEndpointAwsService(name) });
    }
    if (snowflakePrivateLink) this.privateSnowflake(snowflakePrivateLink, common);
  }

  /** For the allow lists of sources: the addresses that the NAT gateways have for as long as the stack stands. */
  private fixedAddresses(): void {
    const addresses = this.vpc.publicSubnets.flatMap(({ node }) => node.findAll().filter((each) => each instanceof CfnEIP));
    new CfnOutput(this, 'OutboundAddresses', {
      description: 'What functions that read sources come from: allow these addresses at each source',
      value: Fn.join(
        ',',
        addresses.map(({ attrPublicIp }) => attrPublicIp),
      ),
    });
  }

  /** Snowflake gives no private DNS with its endpoint service, so the names are ours to answer. */
  private privateSnowflake(link: { serviceName: string; domain: string }, common: Omit<InterfaceVpcEndpointProps, 'service'>): void {
    const service = new InterfaceVpcEndpointService(link.serviceName, 443);
    const endpoint = new InterfaceVpcEndpoint(this, 'Snowflake', { ...common, service, privateDnsEnabled: false });
    const zone = new PrivateHostedZone(this, 'SnowflakeZone', { zoneName: link.domain, vpc: this.vpc });
    // An entry reads <hosted zone>:<name>; the first one is the name for all zones of the network.
    const domainName = Fn.select(1, Fn.split(':', Fn.select(0, endpoint.vpcEndpointDnsEntries)));
    new CnameRecord(this, 'SnowflakeNames', { zone, recordName: '*', domainName });
  }
}
