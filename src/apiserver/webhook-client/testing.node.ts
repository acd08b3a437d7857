import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestContext } from 'node:test'
import { testServer } from '../../serving/testing.node.ts'

/** A webhook over HTTPS on loopback, until the test ends. */
export interface TestWebhook {
  /** A kubeconfig that leads to it. */
  readonly kubeconfig: string
  /** The reviews that it was sent. */
  readonly reviews: Json[]
  /** What came with them to say who asks; '' for nothing. */
  readonly authorizations: string[]
  /** What it answers: a status of a review, or an HTTP status with a place to look elsewhere. */
  answer: (review: Json) => object | number
}

type Json = Readonly<Record<string, unknown>>

export async function testWebhook(t: TestContext): Promise<TestWebhook> {
  const { server, pki } = await testServer(t, async (exchange) => {
    const review = JSON.parse(Buffer.from(await exchange.body(1 << 20)).toString()) as Json
    webhook.reviews.push(review)
    webhook.authorizations.push(String(exchange.headers['authorization'] ?? ''))
    const answer = webhook.answer(review)
    if (typeof answer === 'number') {
      exchange.respond(answer, { location: 'https://127.0.0.1:1/' })
      return
    }
    const body = Buffer.from(JSON.stringify({ ...review, status: answer }))
    exchange.respond(200, { 'content-type': 'application/json' }, body)
  })
  const directory = await testDirectory(t)
  const kubeconfig = join(directory, 'webhook.kubeconfig')
  const cluster = {
    server: `https://127.0.0.1:${server.port}/judge`,
    'certificate-authority-data': Buffer.from(pki.ca.certPem).toString('base64'),
  }
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user: {} }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  }
  await writeFile(kubeconfig, JSON.stringify(config))
  const webhook: TestWebhook = { kubeconfig, reviews: [], authorizations: [], answer: () => ({}) }
  return webhook
}

/** A directory that goes with the test. */
export async function testDirectory(t: TestContext): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'trierarch-'))
  t.after(() => rm(directory, { recursive: true }))
  return directory
}
