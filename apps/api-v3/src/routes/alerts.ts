import { Msg } from '@weldmq/v3-wire'
import { z } from 'zod'
import { route } from '../route.ts'

const refused = (method: 'POST' | 'PUT' | 'DELETE', path: string, summary: string) =>
  route({
    method,
    path,
    summary: `${summary} (not supported by this version)`,
    scope: 'manage',
    body: z.looseObject({}),
    answers: { 200: Msg },
    handle: (call) => call.refuse('Alerts are not supported by this version'),
  })

export const addAlerts = refused('POST', '/queues/:queue/alerts', 'Add alerts')
export const replaceAlerts = refused('PUT', '/queues/:queue/alerts', 'Replace the alerts')
export const deleteAlerts = refused('DELETE', '/queues/:queue/alerts', 'Delete alerts')
export const deleteAlert = refused('DELETE', '/queues/:queue/alerts/:alert', 'Delete one alert')
