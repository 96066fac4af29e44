import { unshare } from '../../platform/sharing.ts';
import { machineImages } from '../../platform/sharing-apis.ts';

export default unshare(machineImages);
