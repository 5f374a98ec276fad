import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';

import { CfnStack, Stack } from 'aws-cdk-lib';
import { Asset } from 'aws-cdk-lib/aws-s3-assets';
import { Construct } from 'constructs';
import { parse } from 'yaml';

export interface KnownUserTriggersProps {
  /** The folder of an unpacked `known-user-triggers-VERSION-ARCHITECTURE.zip`. */
  readonly release: string;
  /** Parameters of the release's template, by name; the others have its defaults. A list is comma-separated. */
  readonly parameters?: Record<string, string>;
}

/**
 * The stack of a release, nested in yours: its template as it is, with CDK's assets for the functions' code.
 *
 * Resources, alarms and permissions stay the release's, so a new release is a new folder here and nothing else.
 */
export class KnownUserTriggers extends Construct {
  /** The nested stack; `output` reads from it. */
  readonly stack: CfnStack;
  private readonly outputs: ReadonlySet<string>;

  constructor(scope: Construct, id: string, { release, parameters = {} }: KnownUserTriggersProps) {
    super(scope, id);
    const file = path.join(release, 'template.yaml');
    if (!fs.existsSync(file)) {
      throw new Error(`there is no ${file}: unpack a release's zip, and give the folder in it as \`release\``);
    }
    const template = fs.readFileSync(file, 'utf8');
    // The tags are CloudFormation's; the names that are read here are under none.
    const { Parameters, Outputs } = parse(template, { logLevel: 'error' });
    const unknown = Object.keys(parameters).filter((name) => !(name in Parameters));
    if (unknown.length > 0) {
      throw new Error(`no parameter of ${file}: ${unknown}; it has ${Object.keys(Parameters).join(', ')}`);
    }
    this.outputs = new Set(Object.keys(Outputs));

    const deployed = template.replace(LOCAL_CODE, (_, indentation, property, zip) => {
      const { s3BucketName, s3ObjectKey } = new Asset(this, zip, { path: path.join(release, zip) });
      const [bucket, key] = BUCKET_AND_KEY[property as keyof typeof BUCKET_AND_KEY];
      const code = Stack.of(this).resolve({ [bucket]: s3BucketName, [key]: s3ObjectKey });
      return `${indentation}${property}: ${JSON.stringify(code)}`;
    });
    const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'known-user-triggers-'));
    try {
      const withAssets = path.join(folder, 'template.yaml');
      fs.writeFileSync(withAssets, deployed);
      const { httpUrl } = new Asset(this, 'Template', { path: withAssets });
      this.stack = new CfnStack(this, 'Stack', { templateUrl: httpUrl, parameters });
    } finally {
      fs.rmSync(folder, { recursive: true });
    }
  }

  /** An output of the stack, such as `KnownUsersTable` or `PreSignUpFunctionArn`. */
  output(name: string): string {
    if (!this.outputs.has(name)) {
      throw new Error(`no output of the stack: ${name}; it has ${[...this.outputs].join(', ')}`);
    }
    return this.stack.getAtt(`Outputs.${name}`).toString();
  }
}

/** A line of a release's template that names a function's zip beside it. */
const LOCAL_CODE = /^( +)(CodeUri|Code): (functions\/[\w-]+\.zip)$/gm;

/** What SAM's functions, and Lambda's own, call where their code is. */
const BUCKET_AND_KEY = { CodeUri: ['Bucket', 'Key'], Code: ['S3Bucket', 'S3Key'] } as const;
