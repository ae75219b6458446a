/** Who a cluster is: EMR's own role, the nodes, and the role a Spark step runs as, which alone touches data. */
import { Aws } from 'aws-cdk-lib';
import { CfnSecurityConfiguration } from 'aws-cdk-lib/aws-emr';
import { ArnPrincipal, CfnInstanceProfile, ManagedPolicy, type PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Construct } from 'constructs';
import { EMR_CERTIFICATES, EVENT_LOGS, type Names } from '../../config/names.ts';
import { LANDING_BUCKETS } from '../../config/sources.ts';
import { grant } from '../grant.ts';
import { allow, passRole, type Rights } from '../rights.ts';
import { accept } from './accept.ts';

export interface EmrRolesProps {
  names: Names;
  rights: Rights;
  keyArn: string;
}

export class EmrRoles extends Construct {
  readonly service: Role;
  readonly instances: Role;
  readonly step: Role;

  constructor(scope: Construct, id: string, { names, rights, keyArn }: EmrRolesProps) {
    super(scope, id);
    this.service = new Role(this, 'Service', {
      roleName: names.roles.emrService,
      description: 'EMR: starts and ends the nodes of tagged clusters in tagged networks',
      assumedBy: new ServicePrincipal('elasticmapreduce.amazonaws.com', {
        conditions: { StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID } },
      }),
      managedPolicies: [ManagedPolicy.fromAwsManagedPolicyName('service-role/AmazonEMRServicePolicy_v2')],
    });
    accept(this.service, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/service-role/AmazonEMRServicePolicy_v2]':
        'What EMR needs from EC2 changes with its releases; AWS keeps this policy, and it is limited to what carries the EMR tag.',
    });

    this.instances = new Role(this, 'Instances', {
      roleName: names.roles.emrInstances,
      description: 'Nodes of a cluster: become the role of a step, read code and certificates, write logs; no data',
      assumedBy: new ServicePrincipal('ec2.amazonaws.com'),
    });
    new CfnInstanceProfile(this, 'InstanceProfile', { instanceProfileName: names.roles.emrInstances, roles: [this.instances.roleName] });
    grant(this.service, [passRole(this.instances.roleArn, 'ec2.amazonaws.com'), ...rights.keyForDisks()]);

    this.step = new Role(this, 'Step', {
      roleName: names.roles.sparkStep,
      description: 'A Spark step: reads landing and the key of pseudonyms, reads and writes the lake',
      assumedBy: new ArnPrincipal(this.instances.roleArn).withSessionTags(),
    });
    const becomeStep = allow(['sts:AssumeRole', 'sts:TagSession'], [this.step.roleArn]);
    grant(this.instances, [becomeStep, ...rights.artifacts(), ...rights.write('logs', 'emr/'), ...rights.keyForDisks()]);
    grant(this.step, this.stepRights(rights));
    this.encryption(names, keyArn);
  }

  private stepRights(rights: Rights): PolicyStatement[] {
    return [
      ...rights.artifacts(),
      ...LANDING_BUCKETS.flatMap((bucket) => rights.read(bucket, '')),
      ...rights.tableFiles('lake', 'bronze/', 'silver/', 'gold/', 'quarantine/'),
      ...rights.write('lake', 'runs/'),
      ...rights.read('lake', 'gold-plans/', 'run-log'),
      ...rights.tableFiles('logs', EVENT_LOGS),
      ...rights.deltaLog(),
      rights.pseudonyms(),
      rights.key(),
    ];
  }

  /** At rest by the pipeline's key, in S3 and on the nodes' disks; in transit by the certificate; steps by roles of their own. */
  private encryption(names: Names, keyArn: string): void {
    new CfnSecurityConfiguration(this, 'SecurityConfiguration', {
      name: names.securityConfiguration,
      securityConfiguration: {
        EncryptionConfiguration: {
          EnableAtRestEncryption: true,
          AtRestEncryptionConfiguration: {
            S3EncryptionConfiguration: { EncryptionMode: 'SSE-KMS', AwsKmsKey: keyArn },
            LocalDiskEncryptionConfiguration: { EncryptionKeyProviderType: 'AwsKms', AwsKmsKey: keyArn, EnableEbsEncryption: true },
          },
          EnableInTransitEncryption: true,
          InTransitEncryptionConfiguration: {
            TLSCertificateConfiguration: {
              CertificateProviderType: 'PEM',
              S3Object: `s3://${names.buckets.artifacts}/${EMR_CERTIFICATES}`,
            },
          },
        },
        AuthorizationConfiguration: { IAMConfiguration: { EnableApplicationScopedIAMRole: true } },
        InstanceMetadataServiceConfiguration: { MinimumInstanceMetadataServiceVersion: 2, HttpPutResponseHopLimit: 1 },
      },
    });
  }
}
