/** Machine numbers of the ELF header (System V ABI). */
const MACHINES = { amd64: 62, arm64: 183 } as const

/** A processor architecture as OCI images name it. */
export type Architecture = keyof typeof MACHINES

const LOAD_ADDRESS = 0x400000n
const PAGE_BYTES_MAX = 0x10000n // arm64 kernels may use pages of 64 KiB.
const HEADER_BYTES = 64
const PROGRAM_HEADER_BYTES = 56

/** A static executable of nothing but `code`, which starts at its first byte. It can be read and run, not written. */
export function elfExecutable(architecture: Architecture, code: Uint8Array): Uint8Array {
  const codeOffset = HEADER_BYTES + PROGRAM_HEADER_BYTES
  const bytes = new Uint8Array(codeOffset + code.length)
  const view = new DataView(bytes.buffer)

  bytes.set([0x7f, 0x45, 0x4c, 0x46]) // Magic: \x7fELF
  bytes.set([2, 1, 1], 4) // 64 bits, little-endian, version 1
  view.setUint16(16, 2, true) // Executable
  view.setUint16(18, MACHINES[architecture], true)
  view.setUint32(20, 1, true) // Version
  view.setBigUint64(24, LOAD_ADDRESS + BigInt(codeOffset), true) // Where it starts
  view.setBigUint64(32, BigInt(HEADER_BYTES), true) // Where the program headers are
  view.setUint16(52, HEADER_BYTES, true)
  view.setUint16(54, PROGRAM_HEADER_BYTES, true)
  view.setUint16(56, 1, true) // One program header

  // It maps the whole file, headers included.
  view.setUint32(64, 1, true) // Load
  view.setUint32(68, 4 | 1, true) // Readable, executable
  view.setBigUint64(80, LOAD_ADDRESS, true) // Virtual and physical address
  view.setBigUint64(88, LOAD_ADDRESS, true)
  view.setBigUint64(96, BigInt(bytes.length), true) // Size in the file and in memory
  view.setBigUint64(104, BigInt(bytes.length), true)
  view.setBigUint64(112, PAGE_BYTES_MAX, true)

  bytes.set(code, codeOffset)
  return bytes
}
