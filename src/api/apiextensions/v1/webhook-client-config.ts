import { bytes, ref, string } from '../../../schema/field.ts'
import { ServiceReference } from './common.ts'
import { message } from './group.ts'

export class WebhookClientConfig extends message(
  'How to reach a webhook. Set exactly one of url and service.',
  {
    url: string(
      3,
      'Address of the webhook, an https URL without user, query or fragment.',
    ).pointer(),
    service: ref(ServiceReference, 1, 'A Service in the cluster that runs the webhook.'),
    caBundle: bytes(
      2,
      'PEM certificates used to verify the server of the webhook. Defaults to the system roots.',
    ),
  },
) {}
