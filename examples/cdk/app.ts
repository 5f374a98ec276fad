// The triggers for a user pool that is there already:
//   npx cdk deploy -c release=../known-user-triggers-0.1.0-arm64 -c userPoolId=eu-west-1_AbCdEfGhI
import { App, CfnOutput, Stack } from 'aws-cdk-lib';

import { KnownUserTriggers } from './known-user-triggers.ts';

const app = new App();
const context = (name: string): string => {
  const value = app.node.tryGetContext(name);
  if (typeof value !== 'string' || value === '') throw new Error(`give -c ${name}=…`);
  return value;
};

const stack = new Stack(app, 'SignIn', { description: 'Sign-in of people whom we know already' });
const triggers = new KnownUserTriggers(stack, 'Triggers', {
  release: context('release'),
  parameters: {
    ExistingUserPoolId: context('userPoolId'),
    DeploymentPreference: 'Canary10Percent5Minutes',
  },
});
// For `known-users import` and `known-users attach`, which this app leaves to you: nobody's sign-in changes by deploying.
new CfnOutput(stack, 'KnownUsersTable', { value: triggers.output('KnownUsersTable') });
new CfnOutput(stack, 'TriggersStack', { value: triggers.stack.ref });
