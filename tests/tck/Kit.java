import java.io.FileInputStream;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Collectors;
import org.eclipse.dataspacetck.core.system.ConsoleMonitor;
import org.eclipse.dataspacetck.runtime.ConsoleResultWriter;
import org.eclipse.dataspacetck.runtime.TckRuntime;

/** Runs the DSP kit with the settings of one file. It prints a line for each test; tests/tck/kit.py judges them. */
public class Kit {
    public static void main(String[] arguments) throws Exception {
        var read = new Properties();
        try (var file = new FileInputStream(arguments[0])) {
            read.load(file);
        }
        Map<String, String> settings = read.stringPropertyNames().stream()
                .collect(Collectors.toMap(name -> name, read::getProperty));
        var monitor = new ConsoleMonitor(false, false);
        var results = TckRuntime.Builder.newInstance()
                .properties(settings)
                .addPackage("org.eclipse.dataspacetck.dsp.verification")
                .monitor(monitor)
                .build()
                .execute();
        new ConsoleResultWriter(monitor).output(results);
        System.exit(results.getTestsFailedCount() == 0 ? 0 : 1);
    }
}
