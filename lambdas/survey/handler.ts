import { z } from 'zod';
import { lambda } from '../platform/handler.ts';
import { survey } from './survey.ts';

/** Every night: the baseline of every member account. */
export const { build, handler } = lambda('survey', z.looseObject({}), (_event, platform) => survey(platform));
