import { decode } from 'dns-packet'

const HEADER_BYTES = 12
const POINTER = 0xc0 // The bits with which the rest of a name is said to stand elsewhere.
const OPT = 41 // A record in form only: what stands in the place of its TTL is none (RFC 6891, section 6.1.3).
const [NOERROR, NXDOMAIN] = [0, 3]

/**
 * For how long an answer holds, in seconds: as long as the first of its records. A "no" holds as long as its SOA says
 * (RFC 2308, section 5), failures and what was cut off do not at all.
 */
export function secondsToKeep(response: Buffer): number {
  const rcode = response[3]! & 0x0f
  const isCutOff = (response[2]! & 0x02) !== 0
  if (isCutOff || (rcode !== NOERROR && rcode !== NXDOMAIN)) return 0
  try {
    const { answers = [], authorities = [] } = decode(response)
    const ttls = [...answers, ...authorities].flatMap((record) => {
      const ttl = 'ttl' in record ? (record.ttl ?? 0) : 0
      const isNo = record.type === 'SOA' && answers.length === 0
      return isNo ? [ttl, record.data.minimum ?? 0] : [ttl]
    })
    return ttls.length === 0 ? 0 : Math.min(...ttls)
  } catch {
    return 0 // No DNS message.
  }
}

/** A copy of an answer that was given some seconds ago: its records hold for so much less. */
export function aged(response: Buffer, seconds: number): Buffer {
  const copy = Buffer.from(response)
  for (const at of ttlOffsets(copy))
    copy.writeUInt32BE(Math.max(0, copy.readUInt32BE(at) - seconds), at)
  return copy
}

function ttlOffsets(message: Buffer): readonly number[] {
  const [questions, ...records] = [4, 6, 8, 10].map((at) => message.readUInt16BE(at))
  let at = HEADER_BYTES
  for (let i = 0; i < questions!; i++) at = afterName(message, at) + 4
  const offsets: number[] = []
  for (let left = records.reduce((sum, each) => sum + each, 0); left > 0; left--) {
    at = afterName(message, at)
    if (message.readUInt16BE(at) !== OPT) offsets.push(at + 4)
    at += 10 + message.readUInt16BE(at + 8)
  }
  return offsets
}

function afterName(message: Buffer, start: number): number {
  let at = start
  for (;;) {
    const length = message.readUInt8(at)
    if (length === 0) return at + 1
    if ((length & POINTER) === POINTER) return at + 2
    at += length + 1
  }
}
