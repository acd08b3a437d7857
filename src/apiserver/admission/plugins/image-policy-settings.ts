import { formatDurationNs } from '../../../schema/duration.ts'
import { decodeKindless } from '../../base/decode-configuration.ts'
import { ImagePolicyFile } from './configuration-types.ts'
import type { ImagePolicySettings } from './image-policy-webhook.ts'

/** What `imagePolicy:` says. */
export interface ImagePolicy extends Omit<ImagePolicySettings, 'webhook'> {
  readonly kubeConfigFile: string
  readonly retryBackoffMs: number
}

interface Range {
  readonly unitMs: number
  readonly minNs: bigint
  readonly maxMs: number
  readonly defaultMs: number
}

const MINUTE_MS = 60_000
const TTL = { unitMs: 1000, minNs: 1_000_000_000n, maxMs: 30 * MINUTE_MS }
const ALLOW: Range = { ...TTL, defaultMs: 5 * MINUTE_MS }
const DENY: Range = { ...TTL, defaultMs: 30_000 }
const BACKOFF: Range = { unitMs: 1, minNs: 1n, maxMs: 5 * MINUTE_MS, defaultMs: 500 }

/** Reads the settings of ImagePolicyWebhook. Throws an Error that says what is wrong. */
export function parseImagePolicy(text: string): ImagePolicy {
  const { imagePolicy: given = {} } = decodeKindless(text, ImagePolicyFile)
  const { kubeConfigFile = '', retryBackoff, allowTTL, denyTTL, defaultAllow = false } = given
  if (kubeConfigFile === '') throw new Error('no kubeConfigFile is given')
  return {
    kubeConfigFile,
    retryBackoffMs: inRange(retryBackoff, BACKOFF),
    allowTtlMs: inRange(allowTTL, ALLOW),
    denyTtlMs: inRange(denyTTL, DENY),
    defaultAllow,
  }
}

/** Milliseconds; -1 switches it off, 0 leaves it as it is by default. */
function inRange(value: number | bigint = 0, { unitMs, minNs, maxMs, defaultMs }: Range): number {
  if (Number(value) === -1) return 0
  if (Number(value) === 0) return defaultMs
  const [ns, maxNs] = [BigInt(value) * nanoseconds(unitMs), nanoseconds(maxMs)]
  // The least itself is refused, as upstream has it.
  if (ns > minNs && ns <= maxNs) return Number(value) * unitMs
  const [least, most, got] = [minNs, maxNs, ns].map(formatDurationNs)
  throw new Error(`valid value is between ${least} and ${most}, got ${got}`)
}

function nanoseconds(ms: number): bigint {
  return BigInt(ms) * 1_000_000n
}
