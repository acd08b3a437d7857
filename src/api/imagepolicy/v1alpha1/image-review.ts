import { bool, listOf, mapOf, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { ObjectMeta } from '../../meta/v1/object-meta.ts'
import { messagesOf } from '../../../schema/message.ts'

const message = messagesOf('io.k8s.api.imagepolicy.v1alpha1')

export class ImageReviewContainerSpec extends message('One container of the Pod being judged.', {
  image: string(1, 'Image of the container, by tag or digest.'),
}) {}

export class ImageReviewSpec extends message('The Pod that an ImageReview is about.', {
  containers: listOf(
    ImageReviewContainerSpec,
    1,
    'The containers of the Pod, each with no more than its image.',
  ).atomic(),
  annotations: mapOf(
    'string',
    2,
    'Those annotations of the Pod whose keys match *.image-policy.k8s.io/*.',
  ),
  namespace: string(3, 'Namespace that the Pod is created in.'),
}) {}

export class ImageReviewStatus extends message('The verdict on the images of a Pod.', {
  allowed: bool(1, 'Whether the images may be used.').written(),
  reason: string(2, 'Short explanation of a refusal. Empty when allowed.'),
  auditAnnotations: mapOf('string', 3, 'Annotations for the audit event of the admission request.'),
}) {}

export class ImageReview extends message(
  'Asks a webhook whether the images of a Pod may be used.',
  {
    ...typeMeta,
    metadata: ref(
      ObjectMeta,
      1,
      'Standard object metadata: name, namespace, labels and annotations.',
    ).written(),
    spec: ref(ImageReviewSpec, 2, 'The Pod whose images are judged.').written(),
    status: ref(ImageReviewStatus, 3, 'The verdict, filled in by the webhook.').written(),
  },
) {}
