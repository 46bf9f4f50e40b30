/** The inside of a decoder's process, which does nothing else. */
import { answerCallsFromProcess } from '../threads/worker-process.ts';
import { decoderMethods } from './decoder-methods.ts';

answerCallsFromProcess(decoderMethods);
