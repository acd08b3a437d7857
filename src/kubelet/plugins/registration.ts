import { bool, string, strings } from '../../grpc/proto-fields.ts'
import { message } from '../../grpc/proto3.ts'

// How plugins make themselves known: pluginregistration/v1/api.proto.
// See https://kubernetes.io/docs/concepts/extend-kubernetes/compute-storage-net/device-plugins/ and KEP-595.

class Empty extends message({}) {}

class PluginInfo extends message({
  /** Such as `CSIPlugin`. */
  type: string(1),
  name: string(2),
  /** The socket that the plugin works on; that of the registration where empty. */
  endpoint: string(3),
  supportedVersions: strings(4),
}) {}

class RegistrationStatus extends message({ pluginRegistered: bool(1), error: string(2) }) {}

const SERVICE = '/pluginregistration.Registration'

/** What a plugin serves on a socket in the agent's directory for plugins. */
export const REGISTRATION = {
  getInfo: { path: `${SERVICE}/GetInfo`, request: Empty, response: PluginInfo },
  notify: {
    path: `${SERVICE}/NotifyRegistrationStatus`,
    request: RegistrationStatus,
    response: Empty,
  },
}
