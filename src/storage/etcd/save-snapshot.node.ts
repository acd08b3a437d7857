import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { grpcConnection } from '../../grpc/grpc-connection.node.ts'
import type { ClientTls } from '../../grpc/http2-session.node.ts'
import { SNAPSHOT } from './methods.ts'

const HASH_BYTES = 32 // At the end: the SHA-256 of everything before.

/**
 * Saves one member's state in a new file, as `etcdctl snapshot save` does and `etcdutl snapshot restore` reads.
 * Throws where what came is not whole.
 */
export async function saveEtcdSnapshot(
  { endpoints, tls }: { readonly endpoints: readonly string[]; readonly tls?: ClientTls },
  path: string,
): Promise<void> {
  using connection = grpcConnection(endpoints, {
    ...(tls && { tls }),
    messageBytesMax: 2 ** 31 - 1,
  })
  await using file = await open(path, 'wx', 0o600)
  const hash = createHash('sha256')
  let end = new Uint8Array() // The last bytes, of which nobody knows yet whether they are the hash.
  const { signal } = new AbortController()
  for await (const { blob } of connection.stream(SNAPSHOT, {}, { signal })) {
    await file.writeFile(blob)
    const bytes = Buffer.concat([end, blob])
    const known = Math.max(0, bytes.length - HASH_BYTES)
    hash.update(bytes.subarray(0, known))
    end = bytes.subarray(known)
  }
  if (!hash.digest().equals(end)) throw new Error('Cannot save snapshot: it came damaged')
  await file.sync()
}
