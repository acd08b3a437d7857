import { listOf, ref, string } from '../../../schema/field.ts'
import { typeMeta } from '../../../schema/resource.ts'
import { Status } from '../../meta/v1/status.ts'
import { message } from './group.ts'

export class ConversionRequest extends message(
  'Custom objects to convert, sent to a conversion webhook.',
  {
    uid: string(1, 'Identifies this call. The response must repeat it.').required(),
    desiredAPIVersion: string(2, 'API version to convert to, such as example.com/v1.').required(),
    objects: listOf(
      'rawExtension',
      3,
      'The custom objects to convert, each with its own apiVersion.',
    )
      .atomic()
      .required(),
  },
) {}

export class ConversionResponse extends message('What a conversion webhook answers.', {
  uid: string(1, 'Identifies the call. Must equal the uid of the request.').required(),
  convertedObjects: listOf(
    'rawExtension',
    2,
    'The converted objects, in the order of the request. Empty on failure.',
  )
    .atomic()
    .required(),
  result: ref(
    Status,
    3,
    'Whether conversion succeeded, with details if not. All objects fail together.',
  ).required(),
}) {}

export class ConversionReview extends message(
  'Carries a conversion request to a webhook and its response back.',
  {
    ...typeMeta,
    request: ref(
      ConversionRequest,
      1,
      'The objects to convert and the version wanted. Set by the API server.',
    ),
    response: ref(ConversionResponse, 2, 'The converted objects or the failure.'),
  },
) {}
