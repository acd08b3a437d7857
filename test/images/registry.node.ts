import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import {
  imageBlobs,
  type Blob,
  type ImageContent,
} from '../../src/kubelet/containerd/oci-archive.ts'

export interface TestRegistry extends AsyncDisposable {
  /** Host and port, for the front of image names. */
  readonly host: string
  /** Method and path of each request so far. */
  readonly requests: readonly string[]
}

/**
 * An image registry on a free port of loopback, by the OCI distribution specification as far as pulling goes. The
 * images' names are without registry: `busybox:1`. With `login`, only `user:password` may pull.
 */
export async function testRegistry(
  images: readonly ImageContent[],
  { login }: { readonly login?: string } = {},
): Promise<TestRegistry> {
  const blobs = new Map<string, Blob>()
  for (const image of images) {
    const [manifest, ...others] = imageBlobs(image, nodeCrypto())
    const [repository, tag] = image.name.split(':')
    blobs.set(`/v2/${repository}/manifests/${tag}`, manifest)
    blobs.set(`/v2/${repository}/manifests/${manifest.descriptor.digest}`, manifest)
    for (const other of others)
      blobs.set(`/v2/${repository}/blobs/${other.descriptor.digest}`, other)
  }
  const requests: string[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    if (login !== undefined && !loggedIn(request, login)) askForLogin(response)
    else answer(request, response, blobs.get(request.url?.split('?')[0] ?? ''))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

function loggedIn({ headers }: IncomingMessage, login: string): boolean {
  return headers.authorization === `Basic ${Buffer.from(login).toString('base64')}`
}

function askForLogin(response: ServerResponse): void {
  response.writeHead(401, { 'www-authenticate': 'Basic realm="test"' }).end()
}

function answer(request: IncomingMessage, response: ServerResponse, blob: Blob | undefined): void {
  if (!blob) return void response.writeHead(404).end()
  const { mediaType, digest, size } = blob.descriptor
  response.writeHead(200, {
    'content-type': mediaType,
    'content-length': size,
    'docker-content-digest': digest,
  })
  response.end(request.method === 'HEAD' ? undefined : blob.bytes)
}
