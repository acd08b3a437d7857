import { JSON_TYPE } from '../../apimachinery/media-types.ts'
import { serviceUnavailable } from '../../apimachinery/status-error.ts'
import { LineDecoder } from '../../client/line-decoder.ts'
import { httpRequest, type HttpRequest } from '../../client/paths.ts'
import type { ApiRequest } from '../../client/request.ts'
import { readResponse, readWatchLine } from '../../client/responses.ts'
import type { CallOptions, RawWatchEvent, Transport } from '../../client/transport.ts'
import { encodeJson } from '../../schema/json.ts'
import { linkedAbort } from '../../base/async.ts'
import { utf8 } from '../base/bytes.ts'
import type { UserInfo } from '../authentication/authenticator.ts'
import type { Authorizer } from '../authorization/authorizer.ts'
import type { BackendResponse } from '../connect/backends.ts'
import { REQUEST_TIMEOUT_MS } from '../http/request-timeout.ts'
import { attributesOf, authorize } from '../pipeline/authorize.ts'
import {
  askExtension,
  extensionTarget,
  wholeBody,
  type ExtensionOptions,
} from './extension-calls.ts'
import type { ExternalVersion } from './external-versions.ts'

export interface ExtensionTransportOptions extends ExtensionOptions {
  readonly authorizers: readonly Authorizer[]
}

/**
 * The transport of a component of this process, which reaches what other servers answer as well: those requests go over
 * HTTPS, as they do for clients elsewhere.
 */
export function withExtensions(
  own: Transport,
  user: UserInfo,
  options: ExtensionTransportOptions,
): Transport {
  const externalFor = ({ group, version }: ApiRequest): ExternalVersion | undefined =>
    options.registry.external.find(group, version)

  const send = async (
    request: ApiRequest,
    { method, path, body, contentType }: HttpRequest,
    external: ExternalVersion,
    signal: AbortSignal,
  ): Promise<BackendResponse> => {
    await authorize(
      options.authorizers,
      request.resource === ''
        ? { type: 'nonResource', user, verb: 'get', path }
        : attributesOf(request, user),
    )
    if (!external.available) throw serviceUnavailable('service unavailable')
    const bytes = body === undefined ? undefined : utf8(encodeJson(body))
    const headers = {
      accept: JSON_TYPE,
      ...(bytes && { 'content-type': contentType, 'content-length': String(bytes.length) }),
    }
    try {
      return await askExtension(
        await extensionTarget(external.service, options),
        path,
        user,
        { method, headers, signal, ...(bytes && { body: once(bytes) }) },
        options,
      )
    } catch (error) {
      signal.throwIfAborted()
      const why = error instanceof Error ? error.message : String(error)
      throw serviceUnavailable(`error trying to reach service: ${why}`)
    }
  }

  const callExternal = async (
    request: ApiRequest,
    external: ExternalVersion,
    callOptions: CallOptions,
  ): Promise<unknown> => {
    const asHttp = httpRequest(request)
    using abort = linkedAbort(callOptions.signal)
    using _ = options.clock.after(REQUEST_TIMEOUT_MS, () =>
      abort.abort(serviceUnavailable('error trying to reach service: context deadline exceeded')),
    )
    const response = await send(request, asHttp, external, abort.signal)
    const body = await wholeBody(response.body)
    return readResponse(request, asHttp, { code: response.status, body })
  }

  async function* watchExternal(
    request: ApiRequest,
    external: ExternalVersion,
    callOptions: CallOptions,
  ): AsyncGenerator<RawWatchEvent> {
    const asHttp = httpRequest(request)
    using abort = linkedAbort(callOptions.signal)
    try {
      const response = await send(request, asHttp, external, abort.signal)
      if (response.status !== 200) {
        const body = await wholeBody(response.body)
        readResponse(request, asHttp, { code: response.status, body })
        return
      }
      const lines = new LineDecoder()
      for await (const chunk of response.body) {
        for (const line of lines.push(chunk)) yield readWatchLine(line)
      }
    } finally {
      abort.abort()
    }
  }

  // Nearly every request is for this server: it goes straight on, with no promise or generator around it.
  return {
    call(request, callOptions = {}) {
      const external = externalFor(request)
      return external
        ? callExternal(request, external, callOptions)
        : own.call(request, callOptions)
    },
    watch(request, callOptions = {}) {
      const external = externalFor(request)
      return external
        ? watchExternal(request, external, callOptions)
        : own.watch(request, callOptions)
    },
  }
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes
}
