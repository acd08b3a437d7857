import {
  bool,
  bytes,
  double,
  duration,
  int32,
  int64,
  listOf,
  rawExtension,
  ref,
  string,
} from '../../schema/field.ts'
import { message } from './group.ts'

class Plugin extends message('A plugin, and how much its scores count.', {
  name: string(1, 'Name of the plugin.').required(),
  weight: int32(2, 'Factor of its scores. 1 where absent or zero.'),
}) {}

export class PluginSet extends message('What is enabled and disabled besides the default.', {
  enabled: listOf(Plugin, 1, 'Plugins that work after the default ones, in this order.'),
  disabled: listOf(Plugin, 2, 'Default plugins that do not work. `*` is all of them.'),
}) {}

export class Plugins extends message('Which plugins work at which extension point.', {
  preEnqueue: ref(PluginSet, 1, 'What holds Pods back before they are tried.'),
  queueSort: ref(PluginSet, 2, 'The one that says which Pod goes first.'),
  preFilter: ref(PluginSet, 3, 'What looks at a Pod before any node.'),
  filter: ref(PluginSet, 4, 'What rules out nodes.'),
  postFilter: ref(PluginSet, 5, 'What helps a Pod that fits nowhere.'),
  preScore: ref(PluginSet, 6, 'What prepares scores.'),
  score: ref(PluginSet, 7, 'What ranks the nodes that are left.'),
  reserve: ref(PluginSet, 8, 'What takes note of a choice.'),
  permit: ref(PluginSet, 9, 'What may hold back a binding.'),
  preBind: ref(PluginSet, 10, 'What is to happen before a Pod is bound.'),
  bind: ref(PluginSet, 11, 'What binds a Pod.'),
  postBind: ref(PluginSet, 12, 'What is told of a bound Pod.'),
  multiPoint: ref(PluginSet, 13, 'What works at all extension points that it has.'),
}) {}

class PluginConfig extends message('The arguments of a plugin.', {
  name: string(1, 'Name of the plugin.').required(),
  args: rawExtension(2, 'Its arguments, by fields of their own.').pointer(),
}) {}

export class SchedulerProfile extends message('How the Pods of one schedulerName are scheduled.', {
  schedulerName: string(1, 'What Pods name to be scheduled so.').pointer(),
  percentageOfNodesToScore: int32(2, 'As of the whole configuration, for this profile.').pointer(),
  plugins: ref(Plugins, 3, 'What differs from the default plugins.'),
  pluginConfig: listOf(PluginConfig, 4, "Plugins' arguments, where they are not the default."),
}) {}

class ExtenderTLSConfig extends message('How to reach an extender by TLS.', {
  insecure: bool(1, 'Any certificate will do.'),
  serverName: string(2, 'Whose certificate is expected, where not the host of the URL.'),
  certFile: string(3, 'A file with our certificate, PEM.'),
  keyFile: string(4, 'A file with its key.'),
  caFile: string(5, 'A file with the authorities that are trusted.'),
  certData: bytes(6, 'Our certificate, PEM.'),
  keyData: bytes(7, 'Its key.'),
  caData: bytes(8, 'The authorities that are trusted.'),
}) {}

class ExtenderManagedResource extends message('A resource that an extender looks after.', {
  name: string(1, 'Name of the extended resource.').required(),
  ignoredByScheduler: bool(2, 'The scheduler itself does not count it.'),
}) {}

export class ExtenderConfiguration extends message(
  'A server that has a say in scheduling (https://github.com/kubernetes/design-proposals-archive/blob/main/scheduling/scheduler_extender.md).',
  {
    urlPrefix: string(1, 'Where the extender answers; verbs are added to it.').required(),
    filterVerb: string(2, 'The path that rules out nodes. Not asked where empty.'),
    preemptVerb: string(3, 'The path that looks at victims.'),
    prioritizeVerb: string(4, 'The path that ranks nodes.'),
    weight: int64(5, 'Factor of its scores.'),
    bindVerb: string(6, 'The path that binds Pods in place of the scheduler.'),
    enableHTTPS: bool(7, 'Any certificate will do where no authority is named.'),
    tlsConfig: ref(ExtenderTLSConfig, 8, 'How to reach it by TLS.'),
    httpTimeout: duration(9, 'How long an answer may take; 5s where absent.'),
    nodeCacheCapable: bool(10, 'It knows the nodes, so that names are enough.'),
    managedResources: listOf(
      ExtenderManagedResource,
      11,
      'It is asked only about Pods that want one of these; about all where empty.',
    ),
    ignorable: bool(12, 'Scheduling goes on when it does not answer.'),
  },
) {}

class LeaderElectionConfiguration extends message('How several schedulers agree on one.', {
  leaderElect: bool(1, 'Whether there is an election.').pointer(),
  leaseDuration: duration(2, 'How long others wait for a leader that is silent.'),
  renewDeadline: duration(3, 'How long a leader tries to stay one.'),
  retryPeriod: duration(4, 'How long between tries.'),
  resourceLock: string(5, 'The kind of lock: leases.'),
  resourceName: string(6, 'Its name.'),
  resourceNamespace: string(7, 'Its namespace.'),
}) {}

class ClientConnectionConfiguration extends message('How the API server is reached.', {
  kubeconfig: string(1, 'A file that says where it is, and who we are.'),
  acceptContentTypes: string(2, 'What answers may be encoded in.'),
  contentType: string(3, 'What requests are encoded in.'),
  qps: double(4, 'Requests a second.'),
  burst: int32(5, 'Requests at once.'),
}) {}

/** The configuration file of the scheduler, `kubescheduler.config.k8s.io/v1`. */
export class SchedulerConfiguration extends message('How the scheduler works.', {
  apiVersion: string(1, 'kubescheduler.config.k8s.io/v1').required(),
  kind: string(2, 'KubeSchedulerConfiguration').required(),
  parallelism: int32(3, 'Known for the sake of files that have it.').pointer().default(16),
  leaderElection: ref(LeaderElectionConfiguration, 4, 'How several schedulers agree on one.'),
  clientConnection: ref(ClientConnectionConfiguration, 5, 'How the API server is reached.'),
  enableProfiling: bool(6, 'Known for the sake of files that have it.').pointer(),
  enableContentionProfiling: bool(7, 'Known for the sake of files that have it.').pointer(),
  percentageOfNodesToScore: int32(
    8,
    'How many of all nodes must fit for the search to end; 0 adapts to the cluster.',
  ).pointer(),
  podInitialBackoffSeconds: int64(9, 'The first wait of a Pod that could not be scheduled.')
    .pointer()
    .default(1),
  podMaxBackoffSeconds: int64(10, 'The longest such wait.').pointer().default(10),
  profiles: listOf(SchedulerProfile, 11, 'How the Pods of each schedulerName are scheduled.'),
  extenders: listOf(ExtenderConfiguration, 12, 'Servers that have a say.'),
  delayCacheUntilActive: bool(13, 'Known for the sake of files that have it.'),
}) {}
