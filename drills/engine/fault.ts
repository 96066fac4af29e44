import type { ClientClass } from '../../lambdas/platform/action.ts';
import type { SdkClient, SimulatedAws } from '../aws/aws.ts';
import { NotModelled } from '../aws/kernel.ts';
import type { Credentials } from '../aws/world.ts';

/** One AWS call that a function is about to make. */
export interface FunctionCall {
  function: string;
  service: string;
  command: string;
  input: object;
}

/**
 * Where a test breaks things: the function stops before or after the call, the call never answers, AWS accepts a change and does not
 * make it, or it fails with this error.
 */
export type Fault = (
  call: FunctionCall,
) => 'stop before' | 'stop after' | 'never answers' | 'not made' | Error | undefined;

interface Wiring {
  region: string;
  credentials: Credentials;
  function: string;
  fault: Fault | undefined;
  crash(): void;
  onNotModelled(error: NotModelled): void;
}

type Next = (args: { input: object }) => Promise<unknown>;

/** An SDK client of one function, answered by the simulated AWS, with the test's faults in between. */
export function simulatedClient<C>(aws: SimulatedAws, kind: ClientClass<C>, wiring: Wiring): C {
  const client = new kind({ region: wiring.region, credentials: wiring.credentials });
  const sdk = client as unknown as SdkClient;
  sdk.middlewareStack.add(
    ((next: Next, context: { clientName?: string; commandName?: string }) => async (args: { input: object }) => {
      const service = (context.clientName ?? '').replace(/Client$/, '');
      const command = (context.commandName ?? '').replace(/Command$/, '');
      const fault = wiring.fault?.({ function: wiring.function, service, command, input: args.input });
      if (fault instanceof Error) throw fault;
      if (fault === 'never answers') return new Promise(() => undefined);
      if (fault === 'not made') return { output: { $metadata: { httpStatusCode: 200 } }, response: {} };
      if (fault === 'stop before') return stopped(wiring);
      const answer = await next(args).catch((error) => {
        if (error instanceof NotModelled) wiring.onNotModelled(error);
        throw error;
      });
      return fault === 'stop after' ? stopped(wiring) : answer;
    }) as never,
    { step: 'initialize', priority: 'high', name: 'fault' },
  );
  aws.wire(sdk);
  return client;
}

/** A function that stops runs no more code of its own, not even a catch. */
function stopped(wiring: Wiring): Promise<never> {
  wiring.crash();
  return new Promise(() => undefined);
}
