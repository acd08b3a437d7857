import { Service } from '../../../api/core/v1/service.ts'
import type { AdmissionPlugin } from '../plugin.ts'
import { isAbout, objectOf, oldObjectOf } from './about.ts'
import { refusal } from './refuse.ts'

/** Lets no Service take external IPs, by which its owner could draw the traffic of others. */
export const denyServiceExternalIPs: AdmissionPlugin = {
  name: 'DenyServiceExternalIPs',
  operations: ['CREATE', 'UPDATE'],
  validate(attributes) {
    if (!isAbout(attributes, Service)) return
    const { externalIPs = [] } = objectOf(attributes, Service).spec ?? {}
    const old = attributes.oldObject
      ? oldObjectOf(attributes, Service).spec?.externalIPs
      : undefined
    if (externalIPs.every((each) => old?.includes(each))) return
    throw refusal(attributes, 'Use of external IPs is denied by admission control.')
  },
}
