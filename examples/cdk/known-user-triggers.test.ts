// What the construct deploys is the release and nothing else: RELEASE=FOLDER npm test
import * as assert from 'node:assert/strict';
import * as fs from 'node:fs';
import * as os from 'node:os';
import * as path from 'node:path';
import { test } from 'node:test';

import { App, Stack } from 'aws-cdk-lib';

import { KnownUserTriggers } from './known-user-triggers.ts';

const release = process.env['RELEASE'];
if (release === undefined) throw new Error('RELEASE: the folder of an unpacked release');
const template = fs.readFileSync(path.join(release, 'template.yaml'), 'utf8').split('\n');

/** The output folder, the template of a stack with the triggers, and its assets' files by the name they get. */
function synthesised(parameters: Record<string, string>) {
  const outdir = fs.mkdtempSync(path.join(os.tmpdir(), 'synthesised-'));
  process.on('exit', () => fs.rmSync(outdir, { recursive: true, force: true }));
  const stack = new Stack(new App({ outdir }), 'SignIn');
  const triggers = new KnownUserTriggers(stack, 'Triggers', { release: release!, parameters });
  (stack.node.root as App).synth();
  const read = (name: string) => JSON.parse(fs.readFileSync(path.join(outdir, name), 'utf8'));
  const assets = new Map<string, string>();
  for (const { source, destinations } of Object.values<any>(read('SignIn.assets.json').files)) {
    for (const { objectKey } of Object.values<any>(destinations)) assets.set(objectKey, path.join(outdir, source.path));
  }
  const parent = read('SignIn.template.json');
  return { triggers, assets, parent };
}

const PARAMETERS = { ExistingUserPoolId: 'eu-west-1_AbCdEfGhI', SignUpPolicy: 'verify' };

test('the nested template is that of the release, with its code in assets', () => {
  const { assets, parent } = synthesised(PARAMETERS);
  const stacks = Object.values<any>(parent.Resources).filter(({ Type }) => Type === 'AWS::CloudFormation::Stack');
  assert.equal(stacks.length, 1);
  assert.deepEqual(stacks[0].Properties.Parameters, PARAMETERS);

  const url = JSON.stringify(stacks[0].Properties.TemplateURL);
  const [nested] = [...assets].filter(([key]) => url.includes(key)).map(([, file]) => fs.readFileSync(file, 'utf8'));
  assert.ok(nested !== undefined, url);
  if (process.env['NESTED_TEMPLATE']) fs.writeFileSync(process.env['NESTED_TEMPLATE'], nested);
  const lines = nested.split('\n');
  assert.equal(lines.length, template.length);
  let zips = 0;
  for (const [at, line] of lines.entries()) {
    const original = template[at]!;
    const zip = original.match(/^ +(CodeUri|Code): (functions\/.*)$/);
    if (zip === null) {
      assert.equal(line, original);
      continue;
    }
    const code = JSON.parse(line.slice(line.indexOf('{')));
    const deployed = assets.get(zip[1] === 'Code' ? code.S3Key : code.Key);
    assert.ok(deployed !== undefined && (zip[1] === 'Code' ? code.S3Bucket : code.Bucket), line);
    assert.deepEqual(fs.readFileSync(deployed), fs.readFileSync(path.join(release!, zip[2]!)), line);
    zips += 1;
  }
  assert.equal(zips, fs.readdirSync(path.join(release!, 'functions')).length);
  // The zips, the nested template, the parent.
  assert.equal(assets.size, zips + 2);
});

test('an output is one of the template', () => {
  const { triggers } = synthesised(PARAMETERS);
  assert.deepEqual(Stack.of(triggers).resolve(triggers.output('KnownUsersTable')), {
    'Fn::GetAtt': [Stack.of(triggers).getLogicalId(triggers.stack), 'Outputs.KnownUsersTable'],
  });
  assert.throws(() => triggers.output('Table'), /no output of the stack: Table; it has UserPoolId, .*KnownUsersTable/);
});

test('a wrong name is an error when the app is synthesised', () => {
  assert.throws(
    () => synthesised({ SignupPolicy: 'verify' }),
    /no parameter of .*template.yaml: SignupPolicy; it has .*SignUpPolicy/,
  );
  assert.throws(
    () => new KnownUserTriggers(new Stack(), 'Triggers', { release: 'nowhere' }),
    /there is no nowhere\/template.yaml: unpack a release's zip/,
  );
});
