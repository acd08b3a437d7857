import type { Method } from '../../grpc/connection.ts'
import type { MessageClass } from '../../grpc/proto3.ts'
import {
  AllocateRequest,
  AllocateResponse,
  DevicePluginOptions,
  Empty,
  ListAndWatchResponse,
  PreferredAllocationRequest,
  PreferredAllocationResponse,
  PreStartContainerRequest,
  RegisterRequest,
} from './plugin-messages.ts'

/** What plugins call. */
export const REGISTER: Method<RegisterRequest, Empty> = {
  path: '/v1beta1.Registration/Register',
  request: RegisterRequest,
  response: Empty,
}

function plugin<Q, R>(
  name: string,
  request: MessageClass<Q>,
  response: MessageClass<R>,
): Method<Q, R> {
  return { path: `/v1beta1.DevicePlugin/${name}`, request, response }
}

/** What plugins serve. */
export const DEVICE_PLUGIN = {
  getOptions: plugin('GetDevicePluginOptions', Empty, DevicePluginOptions),
  listAndWatch: plugin('ListAndWatch', Empty, ListAndWatchResponse),
  getPreferredAllocation: plugin(
    'GetPreferredAllocation',
    PreferredAllocationRequest,
    PreferredAllocationResponse,
  ),
  allocate: plugin('Allocate', AllocateRequest, AllocateResponse),
  preStartContainer: plugin('PreStartContainer', PreStartContainerRequest, Empty),
} as const
