import { int32, listOf, ref, string } from '../../../schema/field.ts'
import { LabelSelector } from '../../meta/v1/selector.ts'
import { MatchCondition, RuleWithOperations, WebhookClientConfig } from './common.ts'
import { message, resource } from './group.ts'

export class ValidatingWebhook extends message(
  'A webhook that may reject, but not change, objects on admission.',
  {
    name: string(
      1,
      'Fully qualified name of the webhook, such as image.example.com. Unique in the configuration.',
    ).required(),
    clientConfig: ref(
      WebhookClientConfig,
      2,
      'Address of the webhook and how to trust it.',
    ).required(),
    rules: listOf(
      RuleWithOperations,
      3,
      'Operations and resources the webhook is called for. Any one rule is enough.',
    ).atomic(),
    failurePolicy: string(
      4,
      'Whether a failing call rejects the request (Fail) or is passed over (Ignore). Defaults to Fail.',
    )
      .oneOf('Ignore', 'Fail')
      .pointer()
      .default('Fail'),
    matchPolicy: string(
      9,
      'Exact takes rules literally; Equivalent also matches the same resource in other groups or versions. Defaults to Equivalent.',
    )
      .oneOf('Exact', 'Equivalent')
      .pointer()
      .default('Equivalent'),
    namespaceSelector: ref(
      LabelSelector,
      5,
      'Labels of the namespaces considered. All are when empty; cluster-scoped objects are never skipped by it.',
    ),
    objectSelector: ref(
      LabelSelector,
      10,
      'Labels that the new or the old object must have. All objects match when empty.',
    ),
    sideEffects: string(
      6,
      'Whether calling it has side effects: None or NoneOnDryRun. Dry-run requests are rejected for other values.',
    )
      .oneOf('Unknown', 'None', 'Some', 'NoneOnDryRun')
      .requiredPointer(),
    timeoutSeconds: int32(7, 'Seconds to wait for an answer, from 1 to 30. Defaults to 10.')
      .pointer()
      .default(10),
    admissionReviewVersions: listOf(
      'string',
      8,
      'AdmissionReview versions the webhook accepts, in order of preference. The first one known to the server is used.',
    )
      .atomic()
      .required(),
    matchConditions: listOf(
      MatchCondition,
      11,
      'CEL conditions a request must all meet for the webhook to be called. At most 64.',
    )
      .mapKeys('name')
      .patch('merge', 'name'),
  },
) {}

export class ValidatingWebhookConfiguration extends resource(
  'Registers webhooks that may reject objects on admission.',
  { plural: 'validatingwebhookconfigurations', categories: ['api-extensions'], namespaced: false },
  {
    webhooks: listOf(ValidatingWebhook, 2, 'The webhooks and the requests each is called for.')
      .mapKeys('name')
      .patch('merge', 'name'),
  },
) {}
