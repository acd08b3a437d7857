import type { Logger } from '../../base/logger.ts'
import type { KubeletConfiguration } from '../config/kubelet-configuration.ts'
import { parseSaved, type StateFile } from '../state-file.ts'
import { parseImageReference } from './reference.ts'

/** A Secret that credentials come from, and which ones: the same from another Secret prove as much. */
export interface SecretOrigin {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly hash: string
}

/** With what an image was pulled under one name; with what everybody on the node has, where by `anyone`. */
interface PulledWith {
  readonly secrets: readonly SecretOrigin[]
  readonly anyone: boolean
}

/** By the image's name without tag or digest. */
type PullRecord = Readonly<Record<string, PulledWith>>

export interface PullRecordsOptions extends StateFile {
  readonly policy: KubeletConfiguration['imagePullCredentialsVerificationPolicy']
  /** Images that are not verified, by `NeverVerifyAllowlistedImages`; `*` at the end stands for any path below. */
  readonly allowlist: readonly string[]
  readonly logger: Logger
}

/**
 * Remembers with which credentials images were pulled, so that no Pod uses what another one's Secrets have brought to the
 * node (KEP-2535).
 */
export interface PullRecords {
  /** Whether a Pod must show that it may have an image that is there. `imageRef` is the runtime's id of it. */
  mustVerify(image: string, imageRef: string): boolean
  /** Whether one of these Secrets has brought the image here. */
  isKnown(image: string, imageRef: string, secrets: readonly SecretOrigin[]): boolean
  /** The image was pulled; with what everybody on the node has where there is no Secret. */
  pulled(image: string, imageRef: string, secret: SecretOrigin | undefined): Promise<void>
}

export function pullRecords(options: PullRecordsOptions): PullRecords {
  const { policy, allowlist } = options
  const saved = parseSaved<Readonly<Record<string, PullRecord>>>(
    options,
    {},
    'Cannot read with what images were pulled',
  )
  const records = new Map(Object.entries(saved))
  const isExempt = (name: string): boolean =>
    policy === 'NeverVerifyAllowlistedImages' && allowlist.some((each) => isListed(each, name))
  return {
    mustVerify(image, imageRef) {
      if (policy === 'NeverVerify') return false
      const record = records.get(imageRef)
      // An image that nobody has pulled was put on the node by its administrator.
      if (!record && policy === 'NeverVerifyPreloadedImages') return false
      const { name } = parseImageReference(image)
      return !record?.[name]?.anyone && !isExempt(name)
    },
    isKnown(image, imageRef, secrets) {
      const { secrets: known = [] } = records.get(imageRef)?.[parseImageReference(image).name] ?? {}
      return secrets.some((secret) => known.some((each) => each.hash === secret.hash))
    },
    async pulled(image, imageRef, secret) {
      const { name } = parseImageReference(image)
      const record = records.get(imageRef) ?? {}
      const before = record[name] ?? { secrets: [], anyone: false }
      const isNew = secret ? !before.anyone && !before.secrets.some(isSame(secret)) : !before.anyone
      if (!isNew) return
      const others = secret ? before.secrets.filter(({ uid }) => uid !== secret.uid) : []
      const now = secret
        ? { ...before, secrets: [...others, secret] }
        : { secrets: [], anyone: true }
      records.set(imageRef, { ...record, [name]: now })
      await options.save(JSON.stringify(Object.fromEntries(records)))
    },
  }
}

function isSame(a: SecretOrigin): (b: SecretOrigin) => boolean {
  return (b) =>
    a.uid === b.uid && a.namespace === b.namespace && a.name === b.name && a.hash === b.hash
}

function isListed(pattern: string, name: string): boolean {
  return pattern.endsWith('/*') ? name.startsWith(pattern.slice(0, -1)) : pattern === name
}
