import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AuthorizationAttributes, Authorizer } from '../../authorization/authorizer.ts'
import { statusWith } from '../../testing.node.ts'
import type { UserInfo } from '../authenticator.ts'
import { NODE_NAME } from '../extra.ts'
import { impersonate } from './impersonate.ts'

/** Allows what is listed, as `VERB GROUP/RESOURCE/SUBRESOURCE NAMESPACE/NAME`, and notes what is asked. */
function allowing(...allowed: readonly string[]): Authorizer & { readonly asked: string[] } {
  const asked: string[] = []
  return {
    name: 'list',
    asked,
    authorize(attributes) {
      if (attributes.type === 'nonResource') return { decision: 'noOpinion', reason: '' }
      const { verb, group, resource, subresource, namespace, name } = attributes
      const what = [group, resource, subresource].filter((each) => each !== '').join('/')
      const question = `${verb} ${what} ${namespace}/${name}`
      asked.push(question)
      return { decision: allowed.includes(question) ? 'allow' : 'noOpinion', reason: '' }
    },
  }
}

const BOT: UserInfo = {
  name: 'system:serviceaccount:kube-system:agent',
  groups: [],
  extra: { [NODE_NAME]: ['n1'] },
}

function request(user: UserInfo = BOT): AuthorizationAttributes {
  return {
    type: 'resource',
    user,
    verb: 'list',
    group: '',
    version: 'v1',
    resource: 'pods',
    subresource: '',
    namespace: 'default',
    name: '',
  }
}

function as(
  name: string,
  authorizer: Authorizer,
  {
    isConstrained = true,
    user = BOT,
    ...more
  }: Partial<UserInfo> & {
    readonly isConstrained?: boolean
    readonly user?: UserInfo
  } = {},
): Promise<UserInfo> {
  const options = { authorizers: [authorizer], isConstrained }
  return impersonate({ name, groups: [], ...more }, request(user), options)
}

const G = 'authentication.k8s.io'

test('a service account may speak for its own node only, where it may for all', async () => {
  const authorizer = allowing(
    'impersonate-on:associated-node:list pods default/',
    `impersonate:associated-node ${G}/nodes /*`,
  )
  assert.deepEqual(await as('system:node:n1', authorizer), {
    name: 'system:node:n1',
    groups: ['system:nodes', 'system:authenticated'],
  })
  await assert.rejects(as('system:node:n2', authorizer), statusWith({ code: 403 }))
  const user = { ...BOT, name: 'jane' }
  await assert.rejects(as('system:node:n1', authorizer, { user }), statusWith({ code: 403 }))
})

test('whoever may speak for any node may not add groups', async () => {
  const authorizer = allowing(
    'impersonate-on:arbitrary-node:list pods default/',
    `impersonate:arbitrary-node ${G}/nodes /n2`,
  )
  assert.equal((await as('system:node:n2', authorizer)).name, 'system:node:n2')
  const groups = ['system:masters']
  await assert.rejects(as('system:node:n2', authorizer, { groups }), statusWith({ code: 403 }))
})

test('a service account is impersonated with the groups that it has', async () => {
  const authorizer = allowing(
    'impersonate-on:serviceaccount:list pods default/',
    `impersonate:serviceaccount ${G}/serviceaccounts ns/sa`,
  )
  assert.deepEqual((await as('system:serviceaccount:ns:sa', authorizer)).groups, [
    'system:serviceaccounts',
    'system:serviceaccounts:ns',
    'system:authenticated',
  ])
})

test('a user needs all of its parts allowed, and the request', async () => {
  const rights = [
    'impersonate-on:user-info:list pods default/',
    `impersonate:user-info ${G}/users /jane`,
    `impersonate:user-info ${G}/uids /7`,
    `impersonate:user-info ${G}/groups /dev`,
    `impersonate:user-info ${G}/userextras/acme.io/k /v`,
  ]
  const jane = { uid: '7', groups: ['dev'], extra: { 'acme.io/k': ['v'] } }
  assert.equal((await as('jane', allowing(...rights), jane)).name, 'jane')
  for (const missing of rights) {
    const authorizer = allowing(...rights.filter((each) => each !== missing))
    await assert.rejects(as('jane', authorizer, jane), statusWith({ code: 403 }), missing)
  }
})

test('nobody becomes a superuser for some requests only', async () => {
  const authorizer: Authorizer = {
    name: 'constrained',
    authorize: ({ verb }) => ({
      decision: verb === 'impersonate' ? 'noOpinion' : 'allow',
      reason: '',
    }),
  }
  const cases: readonly (readonly [Partial<UserInfo>, RegExp])[] = [
    [{ groups: ['system:masters'] }, /system:masters group is not allowed/],
    [{ groups: [''] }, /the empty string group/],
    [{ extra: { '': ['v'] } }, /the empty string key/],
    [{ extra: { k: ['v'] } }, /an invalid key/],
    [{ extra: { 'a.io/K': ['v'] } }, /a non-lowercase key/],
    [{ extra: { 'a.io/k': [''] } }, /the empty string value/],
  ]
  for (const [more, message] of cases)
    await assert.rejects(as('jane', authorizer, more), statusWith({ code: 403, message }))
})

test('the verb impersonate is enough for any request, with its groups told', async () => {
  const rights = [
    'impersonate users /jane',
    'impersonate groups /dev',
    'impersonate serviceaccounts ns/sa',
  ]
  const authorizer = allowing(...rights)
  assert.deepEqual(await as('jane', authorizer, { groups: ['dev'] }), {
    name: 'jane',
    groups: ['dev', 'system:authenticated'],
  })
  assert.deepEqual((await as('system:serviceaccount:ns:sa', authorizer)).groups.slice(0, 2), [
    'system:serviceaccounts',
    'system:serviceaccounts:ns',
  ])
  const anonymous = await as('system:anonymous', allowing('impersonate users /system:anonymous'))
  assert.deepEqual(anonymous.groups, ['system:unauthenticated'])
})

test('with the feature off, constrained rights are not even asked for', async () => {
  const authorizer = allowing(
    'impersonate-on:user-info:list pods default/',
    `impersonate:user-info ${G}/users /jane`,
  )
  await assert.rejects(as('jane', authorizer, { isConstrained: false }), statusWith({ code: 403 }))
  assert.deepEqual(authorizer.asked, ['impersonate users /jane'])
})
