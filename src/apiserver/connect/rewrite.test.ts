import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rewrittenHtml } from './rewrite.ts'

async function* once(text: string): AsyncGenerator<Uint8Array> {
  yield new TextEncoder().encode(text)
}

async function rewritten(page: string): Promise<string> {
  const rewriting = { prefix: '/proxy', path: '/', host: 'h', targetHost: 't' }
  const chunks = await Array.fromAsync(rewrittenHtml(once(page), rewriting))
  return chunks.map((chunk) => new TextDecoder().decode(chunk)).join('')
}

test('rewrittenHtml() leads links through the proxy, and nothing else', async () => {
  assert.equal(await rewritten('<a HREF="/x"><p id="/x">'), '<a HREF="/proxy/x"><p id="/x">')
})

test('rewrittenHtml() leaves elements alone whose names mean something to JavaScript only', async () => {
  const page = '<constructor href="/x"><toString src=/y>'
  assert.equal(await rewritten(page), page)
})
