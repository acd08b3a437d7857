import { bool, duration, listOf, ref, string } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apiserver.pkg.apis.apiserver.v1')

export class WebhookConnectionInfo extends message('How a webhook is reached.', {
  type: string(1, 'KubeConfigFile.'),
  kubeConfigFile: string(2, 'The file.'),
}) {}

export class WebhookMatchCondition extends message('Which requests a webhook is asked about.', {
  expression: string(1, 'CEL over `request`, the spec of a SubjectAccessReview.'),
}) {}

export class WebhookConfiguration extends message('A webhook that authorises.', {
  authorizedTTL: duration(1, 'How long what was allowed is remembered.'),
  cacheAuthorizedRequests: bool(2, 'Whether it is.').pointer(),
  unauthorizedTTL: duration(3, 'How long what was not allowed is remembered.'),
  cacheUnauthorizedRequests: bool(4, 'Whether it is.').pointer(),
  timeout: duration(5, 'How long an answer may take.'),
  subjectAccessReviewVersion: string(6, 'v1 or v1beta1.'),
  matchConditionSubjectAccessReviewVersion: string(7, 'v1.'),
  failurePolicy: string(8, 'NoOpinion or Deny.'),
  connectionInfo: ref(WebhookConnectionInfo, 9, 'How it is reached.').written(),
  matchConditions: listOf(WebhookMatchCondition, 10, 'All must hold; always where there are none.'),
}) {}

export class AuthorizerConfiguration extends message('One of the authorizers.', {
  type: string(1, 'Node, RBAC, Webhook, AlwaysAllow or AlwaysDeny.'),
  name: string(2, 'Its name, for metrics and errors.'),
  webhook: ref(WebhookConfiguration, 3, 'For the type Webhook.'),
}) {}

/**
 * `AuthorizationConfiguration` of apiserver.config.k8s.io/v1:
 * https://kubernetes.io/docs/reference/config-api/apiserver-config.v1/
 */
export class AuthorizationConfiguration extends message('Who decides, in order.', {
  authorizers: listOf(AuthorizerConfiguration, 1, 'Asked in order.'),
}) {}
