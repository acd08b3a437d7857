import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventually } from '../../src/base/async-eventually.node.ts'
import { nodeCrypto } from '../../src/base/crypto.node.ts'
import { createCertificateRequest } from '../../src/pki/create-certificate-request.ts'
import { privateKeyToPem } from '../../src/pki/keys.ts'
import { output, run } from './programs.node.ts'
import { ROOT } from './test-cluster.node.ts'

const TRIERARCH = join(ROOT, 'bin', 'trierarch')
const END = '-----END CERTIFICATE-----\n'

test('certificates are rotated, requested and kept from others in a cluster that runs', async (t) => {
  const home = await mkdtemp(join(tmpdir(), 'trierarch-certificates-'))
  const dataDir = join(home, 'cluster')
  const env = { TRIERARCH_DATA_DIR: dataDir, HOME: home }
  const trierarch = (...args: readonly string[]): Promise<string> =>
    output([TRIERARCH, ...args], { env })
  const kubectl = (line: string): Promise<string> => trierarch('kubectl', ...line.split(' '))
  t.after(async () => {
    await run([TRIERARCH, 'down', `--data-dir=${dataDir}`])
    await rm(home, { recursive: true, force: true })
  })
  await trierarch(
    'up',
    '--detach',
    '--listen=127.0.0.1:0',
    '--node=none',
    `--kubeconfig=${home}/own`,
  )
  const ca = (): Promise<string> => readFile(join(dataDir, 'pki', 'ca.crt'), 'utf8')

  await t.test('what is secret is for its owner alone', async () => {
    const names = await readdir(dataDir, { recursive: true, withFileTypes: true })
    const files = names
      .filter((each) => each.isFile())
      .map((each) => join(each.parentPath, each.name))
    const isPublic = (file: string): boolean => /\.(crt|pub)$/.test(file)
    for (const file of files.filter((each) => !isPublic(each)))
      assert.equal((await stat(file)).mode & 0o077, 0, file)
    for (const each of ['', 'pki', 'store', 'logs'])
      assert.equal((await stat(join(dataDir, each))).mode & 0o077, 0, each)
    assert.ok(files.some((file) => file.endsWith('/ca.key')))
  })

  await t.test('a watch goes on while all certificates and authorities are replaced', async () => {
    const before = await ca()
    const args = [
      'kubectl',
      'get',
      'configmaps',
      '--watch',
      '-o=jsonpath={.metadata.name} {.data}{"\\n"}',
    ]
    const watch = spawn(TRIERARCH, args, { env: { ...process.env, ...env }, stdio: 'pipe' })
    let seen = ''
    watch.stdout.on('data', (chunk) => (seen += String(chunk)))
    await eventually(() => seen.includes('kube-root-ca.crt'))
    assert.match(
      await trierarch('certs', 'rotate', '--ca'),
      /^Made \d+ certificates; the cluster goes on/,
    )
    const [own, ...older] = (await ca()).split(END)
    assert.deepEqual(older, before.split(END))
    await eventually(() => seen.includes(own!.trim().split('\n')[2]!))
    assert.equal(watch.exitCode, null)
    await kubectl('create configmap afterwards')
    await eventually(() => seen.includes('afterwards'))
    watch.kill()
    await once(watch, 'exit')

    const { current } = await servedBy(await serverOf(dataDir), before)
    assert.equal(new X509Certificate(own + END).checkIssued(new X509Certificate(own + END)), true)
    assert.equal(current.verify(new X509Certificate(own + END).publicKey), true)
    await trierarch('kubectl', `--kubeconfig=${home}/own`, 'get', 'namespaces')
    const list = JSON.parse(await trierarch('certs', 'list', '-o', 'json')) as { name: string }[]
    assert.equal(list.filter(({ name }) => name === 'ca').length, 2)
  })

  await t.test(
    'kubectl certificate approve ends in a certificate that works, deny in none',
    async () => {
      const crypto = nodeCrypto()
      const { privateKey } = crypto.generateKeyPair('ES256')
      const subject = { commonName: 'jane', organizations: ['devs'] }
      const pem = createCertificateRequest(crypto, privateKey, subject)
      for (const name of ['jane', 'denied']) {
        const asked = {
          apiVersion: 'certificates.k8s.io/v1',
          kind: 'CertificateSigningRequest',
          metadata: { name },
          spec: {
            request: Buffer.from(pem).toString('base64'),
            signerName: 'kubernetes.io/kube-apiserver-client',
            expirationSeconds: 3600,
            usages: ['client auth'],
          },
        }
        await writeFile(join(home, 'csr.json'), JSON.stringify(asked))
        await kubectl(`create -f ${home}/csr.json`)
      }
      await kubectl('certificate approve jane')
      await kubectl('certificate deny denied')
      await kubectl('wait csr/jane --for=jsonpath={.status.certificate} --timeout=180s')
      const base64 = await kubectl('get csr jane -o jsonpath={.status.certificate}')
      await writeFile(join(home, 'jane.crt'), Buffer.from(base64, 'base64'))
      await writeFile(join(home, 'jane.key'), privateKeyToPem(privateKey))
      const { validFromDate, validToDate } = new X509Certificate(Buffer.from(base64, 'base64'))
      assert.ok(validToDate.getTime() - validFromDate.getTime() <= 3_900_000)
      const as = `--client-certificate=${home}/jane.crt --client-key=${home}/jane.key`
      assert.match(await kubectl(`auth whoami ${as}`), /^Username +jane$/m)
      assert.match(await kubectl('get csr denied --no-headers'), / Denied$/)
      assert.equal(await kubectl('get csr denied -o jsonpath={.status.certificate}'), '')
    },
  )
})

async function serverOf(dataDir: string): Promise<URL> {
  const kubeconfig = await readFile(join(dataDir, 'kubeconfig'), 'utf8')
  return new URL(/server: (\S+)/.exec(kubeconfig)![1]!)
}

/** The certificate that a server shows to who trusts `ca`. */
function servedBy(server: URL, ca: string): Promise<{ readonly current: X509Certificate }> {
  return new Promise((resolve, reject) => {
    const sent = request(new URL('/version', server), { ca, agent: false }, (response) => {
      const { raw } = (
        response.socket as unknown as { getPeerCertificate(): { raw: Buffer } }
      ).getPeerCertificate()
      response.resume()
      resolve({ current: new X509Certificate(raw) })
    })
    sent.on('error', reject)
    sent.end()
  })
}
