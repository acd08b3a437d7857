import type { ApiServerOptions } from '../apiserver/api-server.ts'

/** Who is believed to be whom, who may do what, and what is admitted. */
export function apiServerSecurity(): Pick<
  ApiServerOptions,
  'authenticators' | 'authorizers' | 'admissionPlugins'
> {
  return {
    authenticators: [
      ({ certificate }) =>
        certificate && 'commonName' in certificate
          ? {
              user: {
                name: certificate.commonName,
                groups: [...certificate.organizations, 'system:authenticated'],
              },
            }
          : undefined,
    ],
    authorizers: [{ name: 'AlwaysAllow', authorize: () => ({ decision: 'allow', reason: '' }) }],
    admissionPlugins: [],
  }
}
