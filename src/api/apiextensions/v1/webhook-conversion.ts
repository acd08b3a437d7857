import { listOf, ref } from '../../../schema/field.ts'
import { WebhookClientConfig } from './webhook-client-config.ts'
import { message } from './group.ts'

export class WebhookConversion extends message('How to call a conversion webhook.', {
  clientConfig: ref(
    WebhookClientConfig,
    2,
    'How to reach the webhook. Required when strategy is Webhook.',
  ),
  conversionReviewVersions: listOf(
    'string',
    3,
    'ConversionReview versions the webhook accepts, in order of preference. The first one known to the server is used.',
  )
    .atomic()
    .required(),
}) {}
