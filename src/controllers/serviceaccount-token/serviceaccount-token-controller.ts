import { Secret } from '../../api/core/v1/secret.ts'
import { ServiceAccount } from '../../api/core/v1/service-account.ts'
import { isNotFound } from '../../apimachinery/status-predicates.ts'
import {
  controller,
  indexBy,
  watch,
  type Controller,
  type ObjectKey,
  type Pass,
} from '../../controller-runtime/index.ts'
import {
  completeSecret,
  SECRET_TYPE,
  SERVICE_ACCOUNT_NAME,
  SERVICE_ACCOUNT_UID,
  type ServiceAccountTokenOptions,
} from './complete-secret.ts'

/** Secrets that hold tokens, by `NAMESPACE/NAME` of the account. */
const secretsByAccount = indexBy(Secret, 'service account', ({ metadata, type }) => {
  const account = metadata.annotations?.[SERVICE_ACCOUNT_NAME]
  return type === SECRET_TYPE && account ? [`${metadata.namespace}/${account}`] : []
})

/** Accounts by `NAMESPACE/NAME` of the Secrets that they name. */
const accountsBySecret = indexBy(ServiceAccount, 'secret', ({ metadata, secrets = [] }) =>
  secrets.map(({ name }) => `${metadata.namespace}/${name}`),
)

/**
 * Fills Secrets of type `kubernetes.io/service-account-token` with a token of the account that they name, and removes
 * those whose account is gone.
 * https://kubernetes.io/docs/concepts/configuration/secret/#serviceaccount-token-secrets
 */
export function serviceAccountTokenController(options: ServiceAccountTokenOptions): Controller {
  return controller<Secret>('serviceaccount-token-controller', {
    queueName: 'serviceaccount_tokens_secret',
    for: Secret,
    watches: [
      watch(ServiceAccount, ({ metadata }, cache) =>
        cache
          .find(secretsByAccount, `${metadata.namespace}/${metadata.name}`)
          .map((secret) => secret.metadata),
      ),
    ],
    sources: ({ cache }, add) =>
      options.rootCA.onChange(() => {
        for (const account of cache.valuesOf(secretsByAccount)) {
          for (const { metadata } of cache.find(secretsByAccount, account)) add(metadata)
        }
      }),

    async reconcile(secret, pass) {
      const { metadata, type } = secret
      const name = metadata.annotations?.[SERVICE_ACCOUNT_NAME]
      if (type !== SECRET_TYPE || !name || metadata.deletionTimestamp !== undefined) return
      const { namespace } = metadata
      const account = await findAccount({ namespace, name }, pass)
      const uid = metadata.annotations?.[SERVICE_ACCOUNT_UID]
      if (!account || (uid && uid !== account.metadata.uid)) {
        // The account is gone, or another of its name is there now.
        await pass.client.delete(Secret, metadata, { preconditions: { uid: metadata.uid } })
        return
      }
      const completed = completeSecret(secret, account, options)
      if (completed !== secret) await pass.client.update(Secret, completed)
    },

    async gone({ namespace = '', name }, { cache, client }) {
      for (const account of cache.find(accountsBySecret, `${namespace}/${name}`)) {
        const secrets = account.secrets?.filter((each) => each.name !== name) ?? []
        await client.update(ServiceAccount, { ...account, secrets })
      }
    },
  })
}

// The cache may not have heard of an account that was made a moment before its Secret.
async function findAccount(
  key: ObjectKey,
  { cache, client }: Pass,
): Promise<ServiceAccount | undefined> {
  const known = cache.get(ServiceAccount, key)
  if (known) return known
  try {
    return await client.get(ServiceAccount, key)
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}
