import assert from 'node:assert/strict'
import { rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'node:test'
import { testDirectory } from '../apiserver/webhook-client/testing.node.ts'
import { silentLogger } from '../base/logger.ts'
import { ask1, testPki, testServer } from '../serving/testing.node.ts'
import { clientAuthorities } from './client-authorities.node.ts'

test('users are known while the certificate of their authority is in the bundle', async (t) => {
  const [one, two] = [testPki(), testPki()]
  const file = join(await testDirectory(t), 'clients.crt')
  const write = async (text: string): Promise<void> => {
    await writeFile(`${file}.new`, text)
    await rename(`${file}.new`, file)
  }
  await write(one.ca.certPem)
  let tell = Promise.withResolvers<string>()
  const said = (message: string): void => {
    tell.resolve(message)
    tell = Promise.withResolvers()
  }
  const { server, pki } = await testServer(t, (exchange) =>
    exchange.respond(exchange.peerCertificate?.trustedBy.includes('client') ? 200 : 401, {}),
  )
  const use = (): void =>
    server.setCredentials({
      ...pki.apiServer,
      clientAuthorities: { client: `${pki.ca.certPem}${more.pem}` },
    })
  const logger = { ...silentLogger, info: said, error: said }
  const more = await clientAuthorities({ file, logger, onChange: use })
  t.after(() => more[Symbol.dispose]())
  use()
  const known = async (): Promise<readonly number[]> => {
    const statuses: number[] = []
    for (const { certPem: cert, keyPem: key } of [pki.admin, one.admin, two.admin])
      statuses.push((await ask1(server.port, '/', { cert, key })).status)
    return statuses
  }
  assert.deepEqual(await known(), [200, 200, 401])
  let logged = tell.promise
  await write(two.ca.certPem)
  assert.match(await logged, /have been reloaded/)
  assert.deepEqual(await known(), [200, 401, 200])
  logged = tell.promise
  await write('nonsense')
  assert.match(await logged, /the last ones stay in force/)
  assert.deepEqual(await known(), [200, 401, 200])
})

test('a bundle without a certificate is refused at the start', async (t) => {
  const file = join(await testDirectory(t), 'clients.crt')
  await writeFile(file, 'nonsense')
  const options = { file, logger: silentLogger, onChange: () => undefined }
  await assert.rejects(clientAuthorities(options), /does not contain any valid/)
  assert.equal((await clientAuthorities({ ...options, file: undefined })).pem, '')
})
