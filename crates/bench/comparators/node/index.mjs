// The decision of pre sign-up as a function for Node.js, with the AWS SDK v3.
import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'

const client = new DynamoDBClient({})
const normalise = text => text.trim().normalize('NFC').toLowerCase()

export const handler = async event => {
  const email = event.request?.userAttributes?.email
  if (event.triggerSource !== 'PreSignUp_SignUp' || !email) return event
  const { Item: known } = await client.send(new GetItemCommand({
    TableName: process.env.KNOWN_USERS_TABLE,
    Key: { UserEmail: { S: normalise(email) } },
    ConsistentRead: true,
  }))
  if (!known || known.Suspended?.BOOL || known.EmailVerified?.BOOL === false) return event
  if (known.UserNameKey?.S === normalise(event.userName)) {
    event.response.autoConfirmUser = true
    event.response.autoVerifyEmail = true
  }
  return event
}
