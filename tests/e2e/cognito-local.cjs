// Starts the user pool emulator cognito-local, unchanged, with what this project adds to it around its edges.
//
// OURS, and therefore no proof of how Cognito behaves:
// - functions are called by the name that they were deployed under (FUNCTIONS, trigger to name), while an error names
//   the trigger, as Cognito's do;
// - pre authentication, which cognito-local does not have: before the password, for users of the pool;
// - migration: somebody whom the trigger does not know is not let in, and who migrates keeps the name that was typed
//   and gets a `sub`. cognito-local confirms strangers, and calls everybody by a UUID.
'use strict';

const { randomUUID } = require('node:crypto');
const path = require('node:path');

const root = path.join(process.env.COGNITO_LOCAL, 'lib');
const load = (file) => require(path.join(root, file));

// Its modules read each other's exports when they are used, so that what takes their place only has to come first.
function replace(file, replacement) {
  const original = load(file);
  require.cache[require.resolve(path.join(root, file))].exports = { ...original, ...replacement(original) };
}

const functions = JSON.parse(process.env.FUNCTIONS);
const { NotAuthorizedError } = load('errors.js');
const { LambdaService } = load('services/lambda.js');
const { attributesToRecord } = load('services/userPoolService.js');

const { invoke, createLambdaEvent } = LambdaService.prototype;

LambdaService.prototype.invoke = function (context, trigger, event) {
  const client = this.lambdaClient;
  const deployed = {
    invoke: (request) => client.invoke({ ...request, FunctionName: functions[request.FunctionName] }),
  };
  return invoke.call(Object.create(this, { lambdaClient: { value: deployed } }), context, trigger, event);
};

LambdaService.prototype.createLambdaEvent = function (event) {
  if (event.triggerSource !== 'PreAuthentication_Authentication') return createLambdaEvent.call(this, event);
  return {
    version: '1',
    triggerSource: event.triggerSource,
    region: 'local',
    userPoolId: event.userPoolId,
    userName: event.username,
    callerContext: { awsSdkVersion: 'aws-sdk-unknown-unknown', clientId: event.clientId },
    request: { userAttributes: event.userAttributes, validationData: event.validationData, userNotFound: false },
    response: {},
  };
};

replace('services/triggers/userMigration.js', ({ UserMigration }) => ({
  UserMigration({ lambda, ...services }) {
    const asCognito = {
      async invoke(context, trigger, event) {
        const response = await lambda.invoke(context, trigger, event);
        const attributes = response.userAttributes ?? {};
        if (Object.keys(attributes).length === 0) throw new NotAuthorizedError();
        const { username = event.username, ...others } = attributes;
        const userAttributes = { sub: randomUUID(), ...others };
        // It is read as the user's name, but is no attribute.
        Object.defineProperty(userAttributes, 'username', { value: username });
        return { ...response, userAttributes };
      },
    };
    return UserMigration({ lambda: asCognito, ...services });
  },
}));

replace('targets/initiateAuth.js', ({ InitiateAuth }) => ({
  InitiateAuth(services) {
    const initiateAuth = InitiateAuth(services);
    return async (context, request) => {
      const pool = await services.cognito.getUserPoolForClientId(context, request.ClientId);
      const user = await pool.getUserByUsername(context, request.AuthParameters?.USERNAME);
      if (user && request.AuthFlow === 'USER_PASSWORD_AUTH') {
        await services.triggers.lambda.invoke(context, 'PreAuthentication', {
          triggerSource: 'PreAuthentication_Authentication',
          clientId: request.ClientId,
          userPoolId: pool.options.Id,
          username: user.Username,
          userAttributes: attributesToRecord(user.Attributes),
          validationData: request.ClientMetadata,
        });
      }
      return initiateAuth(context, request);
    };
  },
}));

load('bin/start.js');
