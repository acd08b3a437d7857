import { Toleration } from '../../../api/core/v1/toleration.ts'
import { bool, int32, int64, listOf, rawExtension, ref, string } from '../../../schema/field.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.apiserver.pkg.apis.apiserver.v1')

export class AdmissionPluginConfiguration extends message('What one admission plugin is told.', {
  name: string(1, 'The plugin.'),
  path: string(2, 'A file that tells it, from where this one is.'),
  configuration: rawExtension(3, 'The same, here.'),
}) {}

export class AdmissionConfiguration extends message('What admission plugins are told.', {
  plugins: listOf(AdmissionPluginConfiguration, 1, 'The plugins that are told something.'),
}) {}

export class EventLimitConfiguration extends message('How many events may come.', {
  type: string(1, 'What is counted together: Server, Namespace, User or SourceAndObject.'),
  qps: int32(2, 'How many a second in the long run.'),
  burst: int32(3, 'How many at once.'),
  cacheSize: int32(4, 'Of how many keys counts are kept; 4096 where absent.'),
}) {}

export class EventRateLimitConfiguration extends message('How many events may come.', {
  limits: listOf(EventLimitConfiguration, 1, 'The limits, which all hold.'),
}) {}

export class LimitedScope extends message('A condition under which objects are limited.', {
  scopeName: string(1, 'The scope.'),
  operator: string(2, 'How the values are compared.'),
  values: listOf('string', 3, 'The values.'),
}) {}

export class LimitedResourceConfiguration extends message('What nobody may use without a quota.', {
  apiGroup: string(1, 'The group of the objects.'),
  resource: string(2, 'Their resource.'),
  matchContains: listOf('string', 3, 'Parts of the names of what they use.'),
  matchScopes: listOf(LimitedScope, 4, 'Conditions under which they may not be there.'),
}) {}

export class ResourceQuotaConfiguration extends message('What is limited by default.', {
  limitedResources: listOf(LimitedResourceConfiguration, 1, 'What is limited.'),
}) {}

export class TolerationConfiguration extends message('Tolerations of Pods.', {
  default: listOf(Toleration, 1, 'What Pods get in namespaces that say nothing.'),
  whitelist: listOf(Toleration, 2, 'What is allowed there.'),
}) {}

export class ImagePolicyConfiguration extends message('Who is asked which images may run.', {
  kubeConfigFile: string(1, 'How the webhook is reached.'),
  allowTTL: int64(2, 'For how many seconds what it allowed is remembered; -1 for none.'),
  denyTTL: int64(3, 'The same for what it denied.'),
  retryBackoff: int64(4, 'How many milliseconds pass before it is asked once more; -1 for none.'),
  defaultAllow: bool(5, 'Whether images may run while it does not answer.'),
}) {}

/** A file of no kind. */
export class ImagePolicyFile extends message('What ImagePolicyWebhook is told.', {
  imagePolicy: ref(ImagePolicyConfiguration, 1, 'The policy.'),
}) {}

export class WebhookAdmissionConfiguration extends message('Whom webhooks are called as.', {
  kubeConfigFile: string(1, 'The users, which are named for the hosts of webhooks.'),
}) {}
