import type { Rest, Wire } from '../rest.node.ts'

export const ADMISSION = '/apis/admissionregistration.k8s.io/v1'

/** Stores a configuration of admission, and resolves once the server acts by it. */
export async function configure(rest: Rest, plural: string, body: object): Promise<Configured> {
  const created = await rest.post(`${ADMISSION}/${plural}`, body)
  await told(rest, plural, created)
  const path = `${ADMISSION}/${plural}/${created.metadata.name}`
  return {
    path,
    async change(patch) {
      await told(rest, plural, await rest.patch(path, patch))
    },
    async [Symbol.asyncDispose]() {
      const from = (await rest.get(path)).metadata.resourceVersion
      await rest.delete(path)
      await nextEvent(rest, plural, from)
    },
  }
}

export interface Configured extends AsyncDisposable {
  readonly path: string
  /** Changes it by a merge patch, and resolves once the server acts by it. */
  change(patch: object): Promise<void>
}

async function told(rest: Rest, plural: string, { metadata }: Wire): Promise<void> {
  await nextEvent(rest, plural, String(Number(metadata.resourceVersion) - 1))
}

/** What a watch tells to a client, it has told to the server's own informers before. */
export async function nextEvent(rest: Rest, plural: string, from: string): Promise<void> {
  using watch = await rest.watch(`${ADMISSION}/${plural}?watch=1&resourceVersion=${from}`)
  await watch.next()
  await rest.get(`${ADMISSION}/${plural}?limit=1`)
}
