import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '../../../base/async-eventually.node.ts'
import { systemClock } from '../../../base/clock.node.ts'
import { nodeCrypto } from '../../../base/crypto.node.ts'
import { createCertificateRequest } from '../../../pki/create-certificate-request.ts'
import { encodePem, findPem } from '../../../pki/pem.ts'
import { silentLogger } from '../../../base/logger.ts'
import { systemRandom } from '../../../base/random.node.ts'
import { liveObjects } from '../../live/live-objects.ts'
import { admissionPlugins } from './admission-plugins.ts'
import { PLUGIN_NAMES } from './plugin-names.ts'
import { startSecureTestServer } from '../../testing-secure.node.ts'
import { statusWith } from '../../testing.node.ts'

const claim = (more: object = {}): object => ({
  metadata: { name: 'c' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...more },
})

const DEFAULT_STORAGE = 'storageclass.kubernetes.io/is-default-class'

test('claims and volumes are protected while they are used', async () => {
  await using api = await startSecureTestServer()
  const { metadata } = await api.calls('v1', 'persistentvolumeclaims', 'default').create(claim())
  assert.deepEqual(metadata.finalizers, ['kubernetes.io/pvc-protection'])
  const volume = await api.calls('v1', 'persistentvolumes').create({
    metadata: { name: 'v' },
    spec: {
      capacity: { storage: '1Gi' },
      accessModes: ['ReadWriteOnce'],
      hostPath: { path: '/tmp' },
    },
  })
  assert.deepEqual(volume.metadata.finalizers, ['kubernetes.io/pv-protection'])
})

test('a claim without a storage class gets the default one', async () => {
  await using api = await startSecureTestServer()
  const claims = api.calls('v1', 'persistentvolumeclaims', 'default')
  const classOf = async (more: object, name: string): Promise<unknown> => {
    const { spec } = await claims.create({ ...claim(more), metadata: { name } })
    return (spec as { storageClassName?: string }).storageClassName
  }
  assert.equal(await classOf({}, 'before'), undefined)
  await api.calls('storage.k8s.io/v1', 'storageclasses').create({
    metadata: { name: 'std', annotations: { [DEFAULT_STORAGE]: 'true' } },
    provisioner: 'p',
  })
  assert.equal(await classOf({}, 'after'), 'std')
  assert.equal(await classOf({ storageClassName: '' }, 'none'), '')
})

test('a claim grows only where its class says so', async () => {
  await using api = await startSecureTestServer()
  const claims = api.calls('v1', 'persistentvolumeclaims', 'default')
  const classes = api.calls('storage.k8s.io/v1', 'storageclasses')
  await classes.create({ metadata: { name: 'std' }, provisioner: 'p' })
  await claims.create(claim({ storageClassName: 'std', volumeName: 'v' }))
  const grow = (): Promise<unknown> =>
    claims.patch('c', { spec: { resources: { requests: { storage: '2Gi' } } } })
  const refused = (text: string): ReturnType<typeof statusWith> =>
    statusWith({ code: 403, message: `persistentvolumeclaims "c" is forbidden: ${text}` })
  await claims.patch('c', { status: { phase: 'Bound' } }, { subresource: 'status' })
  await assert.rejects(
    grow(),
    refused(
      'only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize',
    ),
  )
  await classes.patch('std', { allowVolumeExpansion: true })
  await grow()
})

test('an Ingress without a class gets the default one, if there is just one', async () => {
  await using api = await startSecureTestServer()
  const classes = api.calls('networking.k8s.io/v1', 'ingressclasses')
  const ingresses = api.calls('networking.k8s.io/v1', 'ingresses', 'default')
  const makeDefault = (name: string): Promise<unknown> =>
    classes.create({
      metadata: { name, annotations: { 'ingressclass.kubernetes.io/is-default-class': 'true' } },
      spec: { controller: 'a.b/c' },
    })
  const ingress = (name: string): object => ({
    metadata: { name },
    spec: { defaultBackend: { service: { name: 's', port: { number: 80 } } } },
  })
  await makeDefault('one')
  const { spec } = await ingresses.create(ingress('i'))
  assert.equal((spec as { ingressClassName?: string }).ingressClassName, 'one')
  await makeDefault('two')
  await assert.rejects(
    ingresses.create(ingress('j')),
    statusWith({ code: 403, message: /2 default IngressClasses were found, only 1 allowed$/ }),
  )
})

const crypto = nodeCrypto()

function requestFor(organization: string): string {
  const { privateKey } = crypto.generateKeyPair('ES256')
  const subject = { commonName: 'jane', organizations: [organization] }
  const pem = createCertificateRequest(crypto, privateKey, subject)
  return new TextEncoder().encode(pem).toBase64()
}

const signing = (organization: string, name: string): object => ({
  metadata: { name },
  spec: {
    signerName: 'kubernetes.io/kube-apiserver-client',
    usages: ['client auth'],
    request: requestFor(organization),
  },
})

test('nobody becomes a superuser by a certificate, and approval is a right of its own', async () => {
  await using api = await startSecureTestServer()
  const requests = api.calls('certificates.k8s.io/v1', 'certificatesigningrequests')
  await assert.rejects(
    requests.create(signing('system:masters', 'm')),
    statusWith({
      code: 403,
      message:
        'certificatesigningrequests.certificates.k8s.io "m" is forbidden: use of kubernetes.io/kube-apiserver-client signer with system:masters group is not allowed',
    }),
  )
  await requests.create(signing('devs', 'd'))
  const rbac = 'rbac.authorization.k8s.io/v1'
  const rules = [
    {
      apiGroups: ['certificates.k8s.io'],
      resources: ['certificatesigningrequests', 'certificatesigningrequests/approval'],
      verbs: ['get', 'patch'],
    },
  ]
  await api.calls(rbac, 'clusterroles').create({ metadata: { name: 'approve' }, rules })
  await api.calls(rbac, 'clusterrolebindings').create({
    metadata: { name: 'approve' },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'approve' },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' }],
  })
  const jane = { name: 'jane', groups: [] }
  const asJane = api.calls('certificates.k8s.io/v1', 'certificatesigningrequests', undefined, jane)
  await eventually(() =>
    asJane.get('d').then(
      () => true,
      () => false,
    ),
  )
  const condition = { type: 'Approved', status: 'True', reason: 'r', message: 'm' }
  const approval = { status: { conditions: [condition] } }
  await assert.rejects(
    asJane.patch('d', approval, { subresource: 'approval' }),
    statusWith({
      code: 403,
      message:
        /user not permitted to approve requests with signerName "kubernetes.io\/kube-apiserver-client"$/,
    }),
  )
  await requests.patch('d', approval, { subresource: 'approval' })
})

test('a request for a certificate must be signed with its own key', async () => {
  await using api = await startSecureTestServer()
  const requests = api.calls('certificates.k8s.io/v1', 'certificatesigningrequests')
  const pem = Buffer.from(requestFor('devs'), 'base64').toString()
  const der = findPem(pem, 'CERTIFICATE REQUEST')!
  const asked = (bytes: Uint8Array): object => ({
    metadata: { name: 'r' },
    spec: {
      signerName: 'kubernetes.io/kube-apiserver-client',
      usages: ['client auth'],
      request: Buffer.from(encodePem('CERTIFICATE REQUEST', bytes)).toString('base64'),
    },
  })
  const changed = der.slice()
  changed[der.indexOf('j'.codePointAt(0)!)]! ^= 1
  await assert.rejects(
    requests.create(asked(changed)),
    statusWith({
      code: 422,
      message:
        /^CertificateSigningRequest.certificates.k8s.io "r" is invalid: spec.request: Invalid value: "[\w+/=]+": x509: ECDSA verification failure$/,
    }),
  )
  await requests.create(asked(der))
})

test('plugins are turned on and off by name', async () => {
  const plugins = {
    enabled: ['DenyServiceExternalIPs'],
    disabled: ['StorageObjectInUseProtection'],
  }
  await using api = await startSecureTestServer({ plugins })
  const services = api.calls('v1', 'services', 'default')
  const service = (spec: object): object => ({
    metadata: { name: 's' },
    spec: { ports: [{ port: 80 }], ...spec },
  })
  await assert.rejects(
    services.create(service({ externalIPs: ['1.2.3.4'] })),
    statusWith({
      code: 403,
      message: 'services "s" is forbidden: Use of external IPs is denied by admission control.',
    }),
  )
  await services.create(service({}))
  const { metadata } = await api.calls('v1', 'persistentvolumeclaims', 'default').create(claim())
  assert.equal(metadata.finalizers, undefined)
  const wrong = { enabled: ['None', 'Priority'], disabled: ['Priority'] }
  await assert.rejects(startSecureTestServer({ plugins: wrong }), {
    message:
      '[enable-admission-plugins plugin "None" is unknown, [Priority] in enable-admission-plugins and disable-admission-plugins overlapped]',
  })
})

test('every plugin has a name that turns it off', async () => {
  const live = liveObjects({ clock: systemClock, random: systemRandom, logger: silentLogger })
  const options = {
    live,
    clock: systemClock,
    random: systemRandom,
    authorizers: [],
    apiAudiences: [],
    registry: () => assert.fail('no server runs'),
  }
  const plugins = admissionPlugins(options, { enabled: PLUGIN_NAMES })
  assert.deepEqual(plugins.map(({ name }) => name).toSorted(), PLUGIN_NAMES.toSorted())
  assert.deepEqual(admissionPlugins(options, { disabled: PLUGIN_NAMES }), [])
  await live[Symbol.asyncDispose]()
})
