import { testExamples } from "../examples.ts";

testExamples("whatsapp");
