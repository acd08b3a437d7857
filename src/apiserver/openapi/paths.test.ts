import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Deployment } from '../../api/apps/v1/index.ts'
import { SERVED_RESOURCES } from '../../api/resources.ts'
import { Binding, Namespace, Node, Pod, ServiceAccount } from '../../api/core/v1/index.ts'
import { ClusterRole } from '../../api/rbac/v1/index.ts'
import type { ResourceClass } from '../../schema/resource.ts'
import { sharedParameters } from './operation.ts'
import { resourcePaths } from './resource-paths.ts'

function lines(type: ResourceClass): readonly string[] {
  return resourcePaths(type).flatMap(({ path, operations }) =>
    operations.map(
      ({ method, id, action, kind }) => `${method} ${path} ${id} ${action} ${kind!.kind}`,
    ),
  )
}

function expect(type: ResourceClass, expected: string): void {
  assert.deepEqual(
    lines(type).toSorted(),
    expected
      .trim()
      .split('\n')
      .map((each) => each.trim())
      .toSorted(),
  )
}

test('resourcePaths() names all that is done with a kind as upstream does', () => {
  const at = '/apis/apps/v1/namespaces/{namespace}/deployments'
  const watch = '/apis/apps/v1/watch'
  expect(
    Deployment,
    `delete ${at} deleteAppsV1CollectionNamespacedDeployment deletecollection Deployment
    get ${at} listAppsV1NamespacedDeployment list Deployment
    post ${at} createAppsV1NamespacedDeployment post Deployment
    get /apis/apps/v1/deployments listAppsV1DeploymentForAllNamespaces list Deployment
    delete ${at}/{name} deleteAppsV1NamespacedDeployment delete Deployment
    get ${at}/{name} readAppsV1NamespacedDeployment get Deployment
    patch ${at}/{name} patchAppsV1NamespacedDeployment patch Deployment
    put ${at}/{name} replaceAppsV1NamespacedDeployment put Deployment
    get ${at}/{name}/scale readAppsV1NamespacedDeploymentScale get Scale
    patch ${at}/{name}/scale patchAppsV1NamespacedDeploymentScale patch Scale
    put ${at}/{name}/scale replaceAppsV1NamespacedDeploymentScale put Scale
    get ${at}/{name}/status readAppsV1NamespacedDeploymentStatus get Deployment
    patch ${at}/{name}/status patchAppsV1NamespacedDeploymentStatus patch Deployment
    put ${at}/{name}/status replaceAppsV1NamespacedDeploymentStatus put Deployment
    get ${watch}/deployments watchAppsV1DeploymentListForAllNamespaces watchlist Deployment
    get ${watch}/namespaces/{namespace}/deployments watchAppsV1NamespacedDeploymentList watchlist Deployment
    get ${watch}/namespaces/{namespace}/deployments/{name} watchAppsV1NamespacedDeployment watch Deployment`,
  )
  expect(
    Binding,
    'post /api/v1/namespaces/{namespace}/bindings createCoreV1NamespacedBinding post Binding',
  )
})

test('resourcePaths() offers strategic merges for declared kinds alone', () => {
  const custom = class extends Deployment {
    static override readonly info = { ...Deployment.info, openApi: () => ({}) }
  }
  const offered = (type: ResourceClass): readonly string[] => [
    ...new Set(
      resourcePaths(type).flatMap(({ operations }) =>
        operations.flatMap(({ method, body }) => (method === 'patch' ? body!.types : [])),
      ),
    ),
  ]
  const others = [
    'application/apply-patch+yaml',
    'application/json-patch+json',
    'application/merge-patch+json',
  ]
  assert.deepEqual(offered(Deployment), [...others, 'application/strategic-merge-patch+json'])
  assert.deepEqual(offered(custom), others)
})

test('resourcePaths() names what is connected to', () => {
  const pod = lines(Pod).filter((line) => line.includes('connect'))
  const at = '/api/v1/namespaces/{namespace}/pods/{name}'
  for (const line of [
    `get ${at}/exec connectCoreV1GetNamespacedPodExec connect PodExecOptions`,
    `post ${at}/exec connectCoreV1PostNamespacedPodExec connect PodExecOptions`,
    `head ${at}/proxy connectCoreV1HeadNamespacedPodProxy connect PodProxyOptions`,
    `put ${at}/proxy/{path} connectCoreV1PutNamespacedPodProxyWithPath connect PodProxyOptions`,
  ]) {
    assert.ok(pod.includes(line), line)
  }
  const node = lines(Node).filter((line) => line.includes('/proxy'))
  assert.equal(node.length, 14)
})

test('resourcePaths() names what is written below objects', () => {
  const all = [...lines(Pod), ...lines(Namespace), ...lines(ServiceAccount), ...lines(ClusterRole)]
  const at = '/api/v1/namespaces/{namespace}'
  for (const line of [
    `post ${at}/pods/{name}/eviction createCoreV1NamespacedPodEviction post Eviction`,
    `post ${at}/pods/{name}/binding createCoreV1NamespacedPodBinding post Binding`,
    `get ${at}/pods/{name}/log readCoreV1NamespacedPodLog get Pod`,
    `put /api/v1/namespaces/{name}/finalize replaceCoreV1NamespaceFinalize put Namespace`,
    `post ${at}/serviceaccounts/{name}/token createCoreV1NamespacedServiceAccountToken post TokenRequest`,
    'get /apis/rbac.authorization.k8s.io/v1/clusterroles/{name} readRbacAuthorizationV1ClusterRole get ClusterRole',
  ]) {
    assert.ok(all.includes(line), line)
  }
})

test('operations have names of their own', () => {
  const ids = SERVED_RESOURCES.flatMap(resourcePaths).flatMap(({ operations }) =>
    operations.map(({ id }) => id),
  )
  assert.ok(ids.length > 500)
  assert.equal(new Set(ids).size, ids.length)
})

test('sharedParameters() gives those that all operations of a path have', () => {
  const paths = resourcePaths(Deployment)
  const shared = (end: string): readonly string[] =>
    sharedParameters(paths.find(({ path }) => path.endsWith(end))!).map(({ name }) => name)
  assert.deepEqual(shared('/namespaces/{namespace}/deployments'), ['namespace', 'pretty'])
  assert.deepEqual(shared('deployments/{name}/status'), ['name', 'namespace', 'pretty'])
  assert.ok(shared('v1/deployments').includes('labelSelector'))
})
